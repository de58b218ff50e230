-- Arithmetic on integers of all 64 bits in sequences, often enough to be compiled, that then meet something else on the way:
-- floats, strings, objects with metamethods, values without arithmetic.

local edges = {
  0, 1, -1, 2, -2, 1 << 46, (1 << 47) - 1, 1 << 47, -(1 << 47), -(1 << 47) - 1, 1 << 48, (1 << 53) + 1,
  math.maxinteger, math.mininteger, math.maxinteger - 1, math.mininteger + 1, 0x0123456789ABCDEF, 0xFEDCBA9876543210,
}

local function mix(x, y)
  local a = (x ~ y >> 29) * 0x9E3779B97F4A7C15
  local b = (a << 13 | a >> 51) - y
  a = -(a + b) & ~x
  b = (b ~ a) + 12345 * x - (y // 1024) % 65536
  return a ~ b, b - 7, (x + 1) * (y - 1) ~ 0xFFFFFFFFFFFF, x << 63 | y >> 63
end

local function shifts(x, by)
  local l = (x << by) + 1
  local r = (x >> by) ~ l
  return l, r, (r << by) - (l >> by)
end

local function accumulate(n, seed)
  local x, sum, low = seed, 0, 0
  for i = 1, n do
    x = x ~ x << 13
    x = x ~ x >> 7
    x = x ~ x << 17
    sum = sum + x * i
    low = low + (x & 1)
  end
  return x, sum, low
end

-- Nine values at once, all of them alive.
local function many(a, b, c, d, e)
  local f = a + b ~ c
  local g = b + c ~ d
  local h = c + d ~ e
  local i = d + e ~ a
  local j = e + a ~ b
  local k = f * g + h * i ~ j
  a, b, c, d, e = f + j, g + i, h + h, i + g, j + f
  return k ~ a + b * c - d ~ e, f, g, h, i, j
end

for round = 1, 60 do
  for i, x in ipairs(edges) do
    local y = edges[(i + round) % #edges + 1]
    mix(x, y)
    shifts(x, i * 3)
    many(x, y, x, y, x)
  end
end

for i, x in ipairs(edges) do
  for j = i, #edges, 5 do
    local y = edges[j]
    print(mix(x, y))
    print(many(x, y, x + 1, y - 1, x ~ y))
  end
  print(shifts(x, i))
end
for _, by in ipairs { -65, -64, -63, -1, 0, 1, 47, 48, 62, 63, 64, 65, math.maxinteger, math.mininteger } do
  print(by, shifts(0x0123456789ABCDEF, by))
  print(by, shifts(-5, by))
end
print(accumulate(1000, 88172645463325252))

-- Something else on the way.
local log = {}
local object = setmetatable({}, {
  __bxor = function(x, y) log[#log + 1] = "bxor" return math.type(x) and x or y end,
  __add = function(x, y) log[#log + 1] = "add" return 3.5 end,
  __mul = function(x, y) log[#log + 1] = "mul" return 1 << 60 end,
  __shr = function(x, y) log[#log + 1] = "shr" return "17" end,
  __sub = function(x, y) log[#log + 1] = "sub" return -1 end,
  __unm = function() return 1 << 50 end,
  __idiv = function() return object end,
  __mod = function() return 5 end,
})

local function run(x, y, z)
  local a = x ~ 0x7FFFFFFFFFFF1234
  local b = (y + a) * 3
  local c = (b - z) * a
  return a + b, b + c, c - a, -a
end

for i = 1, 300 do run(edges[i % #edges + 1], i << 40, -i) end
print(pcall(run, 5, 6.5, 7))
print(pcall(run, "5", 6, 7))
print(pcall(run, 5, "6", "0x10"))
print(pcall(run, 5, 1e15, 2.0))
print(pcall(run, object, 6, 7))
print(pcall(run, 5, object, 7))
print(pcall(run, 5, 6, object))
print(pcall(run, 5, 1 << 62, object))
print(pcall(run, {}, 6, 7))
print(pcall(run, 5, nil, 7))
print(pcall(run, 5, 6, "x"))
print(pcall(run, 2.5, 6, 7))
print(pcall(run, "2.5", 6, 7))
print(select("#", pcall(mix, object, 1 << 60)), table.concat(log, " "))

-- Keys and arguments made on the way have one form each.
local seen = {}
local function keys(x)
  local big = (x << 50) + x
  local small = big - (x << 50)
  seen[small] = true
  return small
end
for i = 1, 300 do keys(i) end
local count = 0
for k in pairs(seen) do count = count + (math.type(k) == "integer" and k >= 1 and k <= 300 and 1 or 1000) end
print(count, seen[1], seen[300], #seen)
