-- table.remove: results and edge positions.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function show(t, ...) print(#t, table.concat(t, " "), ...) end

local t = { "a", "b", "c", "d", "e" }
show(t, table.remove(t))
show(t, table.remove(t, 1))
show(t, table.remove(t, 2))
show(t, table.remove(t, #t))
show(t, table.remove(t, "1"))
show(t, table.remove(t))
show(t, table.remove({}))
print(table.remove({}), select("#", table.remove({})))

-- Positions just outside the list.
local s = { 1, 2, 3 }
print(table.remove(s, 4), #s)
print(table.remove(s, #s + 1), #s)
print(table.remove({}, 0), table.remove({}, #{}), table.remove({}, 1))
print(table.remove({ [0] = "zero" }, 0), table.remove({ [0] = "zero" }))
local z = { [0] = "zero" }
print(table.remove(z), z[0])
local past = { 1, 2, [3] = nil, [4] = nil }
print(table.remove(past, 3), #past)
local keep = { 10, 20, 30, x = "y" }
print(table.remove(keep, 3.0), keep[3], keep.x, #keep)

-- A stack and a queue.
local stack = {}
for i = 1, 100 do stack[#stack + 1] = i end
local sum = 0
while #stack > 0 do sum = sum + table.remove(stack) end
print(sum, #stack)
local queue = {}
for i = 1, 50 do queue[i] = i end
local order = {}
while queue[1] do order[#order + 1] = table.remove(queue, 1) end
print(#order, order[1], order[50])
local values = { false, nil, true }
print(table.remove({ false, 1 }, 1), table.remove({ 1, false }))

e(table.remove)
e(table.remove, nil)
e(table.remove, 5)
e(table.remove, {}, 2)
e(table.remove, {}, -1)
e(table.remove, { 1, 2, 3 }, 5)
e(table.remove, { 1, 2, 3 }, 0)
e(table.remove, { 1, 2, 3 }, -1)
e(table.remove, { 1, 2, 3 }, math.maxinteger)
e(table.remove, { 1, 2, 3 }, math.mininteger)
e(table.remove, { 1, 2, 3 }, 1.5)
e(table.remove, { 1, 2, 3 }, "x")
e(table.remove, { 1, 2, 3 }, {})
e(table.remove, { 1, 2, 3 }, nil)
e(table.remove, setmetatable({}, { __len = function() return -1 end }))
e(table.remove, setmetatable({}, { __len = function() return "x" end }))
e(function() local t = { 1 } table.remove(t, 7) end)
