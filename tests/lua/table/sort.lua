-- table.sort: orders, comparators, larger inputs.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function show(t) print(table.concat(t, " ")) end
local function sorted(t, ...) table.sort(t, ...) return t end
local function check(t, lt)
  lt = lt or function(a, b) return a < b end
  for i = 2, #t do if lt(t[i], t[i - 1]) then return false end end
  return true
end

show(sorted {})
show(sorted { 1 })
show(sorted { 2, 1 })
show(sorted { 3, 1, 2 })
show(sorted { 5, 2, 8, 1, 9, 3, 7, 4, 6, 0 })
show(sorted { 1, 2, 3, 4, 5 })
show(sorted { 5, 4, 3, 2, 1 })
show(sorted { 2, 2, 2, 2 })
show(sorted { 2, 1, 2, 1, 2, 1 })
show(sorted { 1.5, 1, -1, 0.5, -2.5, 3, 2^53, 1e100, -1e100 })
show(sorted { math.maxinteger, math.mininteger, 0, 2^63, math.huge, -math.huge })
show(sorted { "pear", "apple", "fig", "Apple", "", "10", "9", "zoo" })
show(sorted({ 3, 1, 2 }, function(a, b) return a > b end))
show(sorted({ "ccc", "a", "bb" }, function(a, b) return #a < #b end))
show(sorted({ 3, -1, 2, -5 }, function(a, b) return math.abs(a) < math.abs(b) end))
show(sorted({ 1, 2, 3 }, nil))
print(table.sort { 2, 1 }, select("#", table.sort {}))

local seed = 42
local function random(n)
  seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
  return seed % n
end
for _, size in ipairs { 10, 99, 100, 101, 1000, 5000 } do
  local t, sum = {}, 0
  for i = 1, size do t[i] = random(size) sum = sum + t[i] end
  table.sort(t)
  local after = 0
  for i = 1, size do after = after + t[i] end
  print(size, check(t), sum == after, t[1], t[size // 2], t[size])
  table.sort(t, function(a, b) return a > b end)
  print(check(t, function(a, b) return a > b end))
  table.sort(t)
  print(check(t), #t)
end
local organ = {}
for i = 1, 500 do organ[i] = i <= 250 and i or 501 - i end
print(check(sorted(organ)), organ[1], organ[2], organ[499], organ[500])

-- Records by two keys: a total order, so the result is unique.
local people = { { "Ann", 30 }, { "Bob", 25 }, { "Cyd", 30 }, { "Dan", 25 }, { "Eve", 35 } }
table.sort(people, function(a, b) if a[2] ~= b[2] then return a[2] < b[2] end return a[1] > b[1] end)
for _, p in ipairs(people) do io.write(p[1], ":", p[2], " ") end
print()
-- Elements may define their own order.
local V = { __lt = function(a, b) return a.v < b.v end }
local vs = {}
for i, v in ipairs { 5, 3, 9, 1 } do vs[i] = setmetatable({ v = v }, V) end
table.sort(vs)
for _, v in ipairs(vs) do io.write(v.v, " ") end
print()
