-- How floats print: shortest of 15 or 17 digits that reads back, and always float-looking.
print(1.0, -1.0, 0.0, -0.0, 100.0, 1e2, 1e14, 1e15, 1e16, 123456789012345.0, 1234567890123456.0, 12345678901234567.0)
print(0.1, 0.2, 0.3, 0.1 + 0.2, 1/3, 2/3, 10/3, 1e-1, 1e-4, 1e-5, 1e-6, 0.00001234)
print(3.14, 2.5e-3, 1.1, 1.10, 99.99, 1e21, 1e22, 1e23, 123e-7, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308)
print(2^10, 2^31, 2^32, 2^52, 2^53, 2^54, 2^62, 2^63, 2^64, 2^100, 2^-1, 2^-10, 2^-20, 2^-1074)
print(1e300 * 1e300, -1e300 * 1e300, math.huge - 1, -math.huge)
print(7.0, 7.5, 7.25, 7.125, 7.0625, 1e3 / 7, 1e6 / 7, 1e9 / 7, 1e12 / 7, 1e15 / 7, 1e18 / 7)
print(255 / 2, 256 / 2, 3.0 == 3, 3 | 0, 3.0 // 1, 7 // 2.0, 7 % 2.5, 2^0.5, 10^2, 10^-2, 8 % 3.5)
print(0x.1, 0x1p-2, 0xA.8p0, 0x1.fffffffffffffp1023, 0x1p-1074, 0x10p2, 0xffp-4)

-- Round trips: text to float to text.
local bad = 0
local x = 0.5
for i = 1, 2000 do
  x = (x * 1103515245.125 + 12345.678) % 1e9
  local v = i % 2 == 0 and x / (i * 7919) or x * 10.0^(i % 200 - 100)
  if tonumber(tostring(v)) ~= v then bad = bad + 1 end
  if tonumber(string.format("%a", v)) ~= v then bad = bad + 1 end
end
print(bad)

-- Concatenation and table.concat use the same text.
print(1.5 .. "", 2^53 .. "", -0.0 .. "", 1e100 .. "", table.concat({ 1.0, 0.1, 2^63 }, " "))
io.write(1.0, " ", 0.1, " ", 2^63, " ", 100 // 1.0, " ", -0.0, "\n")
print(string.format("%s %d %.3f %5.1f %g", 1.0, 3.0, 1/3, 2.25, 1e20))
print(#tostring(0.1), #tostring(1/3), #tostring(-1/3 * 1e-200))

-- The literal forms that are read.
print(.5, 5., 0.5e1, 5E-1, 3e+2, 0X1P4, 1e0, 00012, 1e0005, 0x00ff)
print(load("return 3..2"), load("return 1e"), load("return 0x"), load("return 1.2.3"), load("return 0x1p"))
print(select(2, load("return 12abc", "=n")), select(2, load("return 0xgg", "=n")), select(2, load("return 1e+", "=n")))
