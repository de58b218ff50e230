-- Integer against float comparison is exact even beyond 2^53.
local max, min = math.maxinteger, math.mininteger
local function rel(a, b)
  return table.concat({ tostring(a == b), tostring(a < b), tostring(a <= b), tostring(a > b), tostring(a >= b) }, " ")
end
local p53 = 1 << 53
local ints = { 0, 1, -1, p53 - 1, p53, p53 + 1, -p53 - 1, 1 << 62, (1 << 62) + 1, max - 1024, max - 1, max, min,
  min + 1, min + 1025 }
local floats = { 0.0, -0.0, 0.5, 1.0, -1.0, -0.5, 2^53, 2^53 + 2, -2^53, 2^62, 2^63 - 1024, 2^63, -2^63, -2^63 - 2048,
  1e300, -1e300, math.huge, -math.huge }
for _, i in ipairs(ints) do
  local row = {}
  for k, f in ipairs(floats) do
    row[k] = (i == f and "=" or i < f and "<" or i > f and ">" or "?") .. (f == i and "=" or f < i and ">" or f > i
      and "<" or "?")
    if (i <= f) ~= (i < f or i == f) or (i >= f) ~= (i > f or i == f) or (f <= i) ~= (f < i or f == i)
      or (f >= i) ~= (f > i or f == i) then
      row[k] = row[k] .. "!"
    end
  end
  print(i, table.concat(row, " "))
end
print(rel(max, 2^63), rel(2^63, max), rel(min, -2^63))
print(rel(p53 + 1, 2^53), rel(2^53, p53 + 1))
print(rel(1, 0 / 0), rel(max, 0 / 0), rel(0 / 0, min))
-- with literals in the code
print(9007199254740993 < 9007199254740992.0, 9007199254740993 == 9007199254740992.0, 9007199254740993 > 9007199254740992.0)
print(9223372036854775807 < 9223372036854775808.0, 9223372036854775807 == 9223372036854775808.0, -9223372036854775808 == -2^63)
local x = max
print(x < 9223372036854775808, x == 9223372036854775807.0, x > 1.5, x < 1e19, 1e19 > x, -1e19 < x)
x = 10
print(x < 10.5, x > 9.5, x == 10.0, x <= 10.0, x >= 10.0, x ~= 10.0, 10.5 > x, 9.5 < x, x < 1e308, x > -1e308)
x = 10.5
print(x < 11, x > 10, x == 10, x <= 10, x >= 11, 10 < x, 11 > x, x < -5, -5 < x)
print(1 == 1.0, "1" == 1, 0 == -0, 0.0 == -0.0, math.type(1) == math.type(1.0), rawequal(1, 1.0))
print(math.ult(1, -1), math.ult(-1, 1), math.ult(min, max), math.ult(max, min))
