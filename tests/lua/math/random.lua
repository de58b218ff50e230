-- math.random and math.randomseed: ranges, reproducibility, errors.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

local function within(n, lo, hi, ...)
  local low, high, ints = math.huge, -math.huge, true
  for _ = 1, n do
    local r = math.random(...)
    low, high = math.min(low, r), math.max(high, r)
    ints = ints and math.type(r) == "integer"
  end
  return low >= lo and high <= hi, ints
end
print(within(1000, 0, 1))
print(within(1000, 1, 6, 6))
print(within(1000, -3, 3, -3, 3))
print(within(1000, 5, 5, 5, 5))
print(within(100, math.mininteger, math.maxinteger, 0))
print(within(100, math.mininteger, math.maxinteger, math.mininteger, math.maxinteger))
print(within(100, math.maxinteger - 3, math.maxinteger, math.maxinteger - 3, math.maxinteger))
print(within(100, 1, 1, 1))
print(within(100, 1, 10, "10"))
print(within(100, 1, 10, 1.0, 10.0))
local below = true
for _ = 1, 1000 do below = below and math.random() < 1 end
print(below)

-- Every value of a small range turns up.
local seen = {}
for _ = 1, 2000 do seen[math.random(10, 19)] = true end
local count = 0
for _ in pairs(seen) do count = count + 1 end
print(count)

-- The same seed gives the same sequence.
local function sequence(...)
  math.randomseed(...)
  local out = {}
  for i = 1, 5 do out[i] = math.random(1000000) end
  for i = 6, 8 do out[i] = math.random(0) end
  for i = 9, 10 do out[i] = string.format("%.17g", math.random()) end
  return table.concat(out, ",")
end
print(sequence(42) == sequence(42), sequence(42) == sequence(43), sequence(1, 2) == sequence(1, 2), sequence(1, 2) == sequence(2, 1))
print(sequence(7) == sequence(7, 0), sequence(7.0) == sequence(7), sequence("7") == sequence(7), sequence(2^60) == sequence(1 << 60), sequence(-1) == sequence(-1, 0))
local a, b = math.randomseed()
print(math.type(a), math.type(b))
local c, d = math.randomseed(11, 22)
print(c, d, select("#", math.randomseed(5)))
math.randomseed(a, b)
local first = math.random(0)
math.randomseed(a, b)
print(first == math.random(0))

e(math.random, 0.5)
e(math.random, 2, 1)
e(math.random, -1)
e(math.random, 1, 2, 3)
e(math.random, "x")
e(math.random, 1, "x")
e(math.random, 1, 2.5)
e(math.random, {})
e(math.random, nil)
e(math.random, 1 << 62, -(1 << 62))
e(math.randomseed, "x")
e(math.randomseed, {})
e(math.randomseed, 0.5)
e(math.randomseed, math.huge)
e(math.randomseed, nil)
e(math.randomseed, 1, "x")
e(math.randomseed, 1, 1.5)
e(function() return math.random(0, -1) end)
