-- table.sort: what goes wrong.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

e(table.sort)
e(table.sort, nil)
e(table.sort, "abc")
e(table.sort, {}, 1)
e(table.sort, { 2, 1 }, 1)
e(table.sort, { 2, 1 }, {})
e(table.sort, { 2, 1 }, "<")
e(table.sort, { 1, "a" })
e(table.sort, { "a", 1 })
e(table.sort, { {}, {} })
e(table.sort, { 1, {} })
e(table.sort, { true, false })
e(table.sort, { print, print })
e(table.sort, setmetatable({}, { __len = function() return 1e10 // 1 | 0 end }))
e(table.sort, setmetatable({}, { __len = function() return math.maxinteger end }))
e(table.sort, setmetatable({}, { __len = function() return "x" end }))
e(table.sort, { 3, 2, 1 }, function(a, b) error("comparing", 0) end)
e(table.sort, { 3, 2, 1 }, function(a, b) error("comparing") end)
print(select(2, pcall(table.sort, { 3, 2, 1 }, function(a, b) error({ a, b }) end))[1] ~= nil)
e(table.sort, { 3, 2, 1 }, function(a, b) return a.x < b.x end)
e(table.sort, { 3, 2, 1, "x" }, function(a, b) return a < b end)
-- Extra results and non-boolean results are fine.
local t = { 3, 1, 2 }
table.sort(t, function(a, b) return a < b and "yes" or nil, "ignored" end)
print(table.concat(t, " "))

-- An order that contradicts itself is noticed when it drives the loop off the list.
local function invalid(n, lt)
  local list = {}
  for i = 1, n do list[i] = i end
  return select(2, pcall(table.sort, list, lt))
end
print(invalid(10, function() return true end))
print(invalid(100, function() return true end))
print(invalid(10, function() return false end))
local same = {}
for i = 1, 100 do same[i] = 1 end
print(select(2, pcall(table.sort, same, function(a, b) return a <= b end)))

-- After an error the list still holds a permutation of part of its elements.
local list = { 5, 4, 3, 2, 1 }
local calls = 0
print(pcall(table.sort, list, function(a, b)
  calls = calls + 1
  if calls == 4 then error("enough", 0) end
  return a < b
end))
table.sort(list)
print(#list)

-- sort is not yieldable.
print(coroutine.wrap(function() return pcall(table.sort, { 2, 1 }, function(a, b) coroutine.yield() return a < b end) end)())
e(function() table.sort({ 1, "x" }) end)
e(function() table.sort({ 2, 1 }, 5) end)
