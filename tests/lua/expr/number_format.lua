-- tostring / concat of numbers.
local list = {
  0, -0, 0.0, -0.0, 1, 1.0, -1, -1.0, 1.5, 0.1, 0.2, 0.3, 1 / 3, 2 / 3, 100.0, 1e14, 1e15, 1e16, 1e17, 123456789012.5,
    1e100, -1e100,
  2^31, 2^53, 2^53 + 2, 2^63, -2^63, 2^64, 1e-1, 1e-4, 1e-5, 1e-7, 1e-10, 1e-300, 5e-324, 1.7976931348623157e308,
    2.2250738585072014e-308,
  123456.789, 1234567890123456.0, 12345678901234567.0, 0.1 + 0.2, 3.14159265358979, math.pi, -math.pi, 1e15 + 0.3,
    99999999999999.9, 999999999999999.9,
  math.maxinteger, math.mininteger, math.maxinteger + 0.0, math.huge, -math.huge, 255 / 256, 1e21, 1e22, 1e23, 4.35,
    4.349999999999999, 0.1 + 0.7, 1e15 / 3,
}
for i = 1, #list do
  local v = list[i]
  print(i, tostring(v), "" .. v, v .. "", string.format("%s|%g|%.3f|%.14g|%.17g", v, v, v, v, v))
end
print(1 .. "", 1.0 .. "", -0.0 .. "", 1e15 .. "", 1e100 .. "", 2^53 .. "", 2^63 .. "", -2^63 .. "", 0x10 .. "")
local a, b, c, d = 1.0, -0.0, 2^53, 1e100
print(a .. "", b .. "", c .. "", d .. "", a .. b, c .. d, a .. "|" .. b .. "|" .. c)
local nan = tostring(0 / 0)
print(nan == "nan" or nan == "-nan", tostring(math.huge), tostring(-math.huge), math.huge .. "", -math.huge .. "!")
print(string.format("%d", 3.0), pcall(string.format, "%d", 3.5))
print(#tostring(math.mininteger), -9223372036854775808, math.mininteger, tostring(math.mininteger) == "-9223372036854775808")
print(string.format("%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%c|%i", 42, 42, 42, 42, 42, 255, 255, 255, 8, 65, 7))
print(string.format("%e|%E|%.0f|%5.1f|%-8.2f|%+.1f|%G|%a|%A", 12345.678, 12345.678, 0.5, 3.14159, 2.5, 1.0, 1e-10, 1.0, 0.5))
-- every float printed reads back as itself
local bad = 0
local x = 0.123456789
for i = 1, 2000 do
  x = (x * 997.13 + 0.71) % 1e6
  local y = x * 10.0 ^ (i % 40 - 20)
  if tonumber(tostring(y)) ~= y then bad = bad + 1 end
end
print("not round-tripped", bad)
