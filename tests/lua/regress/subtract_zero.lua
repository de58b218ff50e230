-- The reference implementation subtracts a small integer constant by adding its negation, which shows for one pair of numbers.
local z, i, s = -0.0, 0, "-0.0"
local c <const> = -0.0
print(z - 0, c - 0, -0.0 - 0, z - 0.0, z - i, s - 0, s - i)
print(z + 0, 0.0 - 0, z - 1, z - -1, 0 - z, 5.5 - 0, -5.5 - 0)
print((0 / 0 - 0) ~= (0 / 0 - 0), math.huge - 0, -math.huge - 0, math.mininteger - 0)
local mt = { __sub = function(a, b) return "__sub", type(a), b end }
print(setmetatable({}, mt) - 0)
