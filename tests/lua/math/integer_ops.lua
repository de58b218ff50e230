-- math.type, ult, abs, maxinteger, mininteger, and wrap-around.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

for _, v in ipairs { 1, 1.0, -0.0, 2^53, "1", "x", true, {}, math.huge, math.maxinteger, 1 // 1, 1 / 1, 1 // 1.0, 3 | 0, 2^2, 7 % 2, 7.0 % 2 } do
  io.write(tostring(math.type(v)), " ")
end
print(math.type(nil), math.type(print))
e(math.type)

local max, min = math.maxinteger, math.mininteger
print(max, min, max + 1 == min, min - 1 == max, -min == min, max * 2, min * 2, max * max, min * min, min * -1, min // -1, min % -1)
print(max + 1.0, min - 1.0, max // 1 | 0, max / 1, min // 1.0, max == max + 0.0, min == min + 0.0, max < max + 0.0, max + 0.0 == 2^63)
print(1 << 63 == min, 1 << 64, 1 << -1, -1 >> 63, -1 >> 64, -1 << 63 == min, ~0, ~max == min, max ~ min, 5 // 0.0, -5 // 0.0, 2^1024)

for _, p in ipairs { { 1, 2 }, { 2, 1 }, { 1, 1 }, { -1, 1 }, { 1, -1 }, { min, max }, { max, min }, { -2, -1 }, { 0, -1 } } do
  io.write(tostring(math.ult(p[1], p[2])), " ")
end
print(math.ult("1", 2.0))
e(math.ult)
e(math.ult, 1)
e(math.ult, 1.5, 1)
e(math.ult, 1, "x")
e(math.ult, {}, 1)
e(math.ult, 1, 2^63)

for _, v in ipairs { 5, -5, 0, -0.0, 5.5, -5.5, max, min, min + 1, -math.huge, "-3", "-3.5", 2^63, -2^63 } do
  local r = math.abs(v)
  io.write(tostring(r), ":", math.type(r), " ")
end
print(math.abs(0/0) ~= 0)
e(math.abs)
e(math.abs, "x")
e(math.abs, nil)

-- Integer and float keys and comparisons meet in the value.
print(1 == 1.0, math.type(1) == math.type(1.0), 2^53 == 2^53 + 1, (1 << 53) + 1 == 2^53, (1 << 53) + 1 > 2^53, max > 2^63, max < 2^63, min <= -2^63)
print(0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0x1p63, 9223372036854775807, 9223372036854775808, -9223372036854775808)
print(1e308 * 10, -1e308 * 10, 3 // 2, -3 // 2, 3 // -2, -3 // -2, 3.0 // 2, -3 // 2.0, 3 % -2, -3 % 2, 3.5 % -2, -3.5 % 2)
print(7 // 0.5, 1e15 // 1, 0.0 // 1, -0.0 // 1, 1 // math.huge, -1 // math.huge, 1 % math.huge, -1 % math.huge, 1 % -math.huge)
e(function() return 1.5 | 1 end)
e(function() return 2^63 | 0 end)
e(function() return 1 << {} end)
e(function() return (0/0) | 0 end)
e(function() return math.huge // 1 | 0 end)
