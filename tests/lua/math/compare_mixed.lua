-- Comparing integers with floats exactly, without converting either.
local max, min = math.maxinteger, math.mininteger
local values = { min, min + 1, -1, 0, 1, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, max - 1, max }
local floats = { -math.huge, -2.0^63, -1.5, -1.0, -0.0, 0.5, 1.0, 2.0^53, 2.0^53 + 2, 2.0^63 - 1024, 2.0^63, math.huge, 0/0 }
for _, i in ipairs(values) do
  local row = {}
  for _, f in ipairs(floats) do
    local marks = (i < f and "<" or "") .. (i <= f and "l" or "") .. (i == f and "=" or "") .. (i >= f and "g" or "") .. (i > f and ">" or "")
    local mirror = (f > i and "<" or "") .. (f >= i and "l" or "") .. (f == i and "=" or "") .. (f <= i and "g" or "") .. (f < i and ">" or "")
    assert(marks == mirror)
    row[#row + 1] = marks == "" and "." or marks
  end
  print(i, table.concat(row, " "))
end

-- The same with constants in the code, where a compiler may specialize.
local x, y = 10, 10.5
print(x < 10, x <= 10, x > 9, x >= 11, 9 < x, 11 >= x, x == 10.0, x ~= 10.0, x < 10.5, x > 9.5, x <= 9.9)
print(y < 10, y <= 10, y > 10, y >= 11, 10 < y, y == 10.5, y < 11, y > 127, y < -128)
print(max < 9007199254740993.0, max == 9223372036854775807.0, max + 0.0 == max, min == -9223372036854775808.0)

-- As table keys: floats with integral values are the integers.
local t = {}
t[1] = "int" t[1.0] = "float" t[2^53] = "big" t[-0.0] = "zero"
print(t[1], t[1.0], t[1 << 53], t[0], t[0.0], t[-0.0], #t)
t[1.5] = "half"
print(t[1.5], t[3 / 2], t[1.25])
t[2^63] = "2^63"
print(t[2^63], t[min], t[max], t[max + 1.0])
t[math.huge] = "huge"
print(t[math.huge], t[1/0], t[-math.huge])
print(select(2, pcall(function() t[0/0] = 1 end)), t[0/0])
print(select(2, pcall(rawset, t, 0/0, 1)))
print(select(2, pcall(function() t[nil] = 1 end)), t[nil])

-- Numeric for with mixed bounds.
for i = 1, 3.7 do io.write(i, " ") end
for i = 3, 1.2, -1 do io.write(i, " ") end
for i = 1.0, 2, 0.5 do io.write(i, " ") end
for i = max - 1, math.huge do io.write(i, " ") end
for i = min, -math.huge, -1 do io.write(i, " ") end
for i = 1, -math.huge do io.write("never") end
for i = 1, 0/0 do io.write("never") end
for i = 3, 1 do io.write("never") end
print()
