-- math.max and math.min.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(math.max(1), math.max(1, 2), math.max(2, 1), math.max(1, 3, 2), math.max(-1, -2), math.max(1.5, 1), math.max(1, 1.5))
print(math.min(1), math.min(1, 2), math.min(2, 1), math.min(3, 1, 2), math.min(-1, -2), math.min(1.5, 1), math.min(1, 0.5))
print(math.max(1, 1.0), math.max(1.0, 1), math.min(1, 1.0), math.min(1.0, 1))
print(math.type(math.max(1, 1.0)), math.type(math.max(1.0, 1)), math.type(math.max(1, 2.0)), math.type(math.max(2, 1.0)))
print(math.max(0.0, -0.0), math.max(-0.0, 0.0), math.min(0.0, -0.0), math.min(-0.0, 0.0), math.max(0, -0.0), math.min(-0.0, 0))
print(math.max(math.mininteger, math.maxinteger), math.min(math.mininteger, math.maxinteger))
print(math.max(math.maxinteger, 2^63), math.max(2^63, math.maxinteger), math.min(math.maxinteger, 2^63), math.min(-2^63, math.mininteger))
print(math.max(math.huge, 1), math.min(-math.huge, 1), math.max(-math.huge, math.mininteger), math.min(math.huge, math.maxinteger))

-- Numerals pass the type check, but are then compared as they are: as strings.
print(math.max("10", "9"), math.min("10", "9"), math.max("5"), math.type(math.max("5")))
e(math.max, "10", 9)
e(math.min, 10, "9")

-- Not-a-number wins only where comparisons let it.
local nan = 0/0
local function n(v) return v ~= v and "nan" or tostring(v) end
print(n(math.max(nan, 1)), n(math.max(1, nan)), n(math.min(nan, 1)), n(math.min(1, nan)), n(math.max(nan)), n(math.max(1, nan, 2)), n(math.min(2, nan, 1)))

local list = {}
for i = 1, 200 do list[i] = (i * 7919) % 1009 end
print(math.max(table.unpack(list)), math.min(table.unpack(list)))
local floats = {}
for i = 1, 200 do floats[i] = list[i] / 8 end
print(math.max(table.unpack(floats)), math.min(table.unpack(floats)))

e(math.max)
e(math.min)
e(math.max, nil)
e(math.max, "x")
e(math.max, 1, "x")
e(math.max, 1, 2, nil)
e(math.min, 1, {})
e(math.min, {}, 1)
e(math.min, 1, 2, 3, true)
print(type(math.max(1, setmetatable({}, { __lt = function() return true end }))))
e(function() return math.max() end)
