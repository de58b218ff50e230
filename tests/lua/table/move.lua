-- table.move.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function show(t, n)
  local out = {}
  for i = 1, n or #t do out[i] = tostring(t[i]) end
  print(table.concat(out, " "))
end

show(table.move({ 1, 2, 3, 4, 5 }, 2, 4, 1))
show(table.move({ 1, 2, 3, 4, 5 }, 1, 3, 2))
show(table.move({ 1, 2, 3, 4, 5 }, 1, 3, 3))
show(table.move({ 1, 2, 3, 4, 5 }, 1, 5, 6))
show(table.move({ 1, 2, 3 }, 1, 3, 1))
show(table.move({ 1, 2, 3 }, 1, 0, 5))
show(table.move({ 1, 2, 3 }, 3, 2, 5))
show(table.move({ 1, 2, 3 }, 2, 3, 1), 3)
show(table.move({ 10, 20, 30 }, 1, 3, 1, {}))
show(table.move({ 10, 20, 30 }, 2, 3, 1, { 1, 2, 3, 4 }))
show(table.move({ 10, 20, 30 }, 1, 3, 5, { 1, 2, 3, 4 }))
show(table.move({ 10, nil, 30 }, 1, 3, 1, { 1, 2, 3, 4 }), 4)
show(table.move({}, 1, 3, 1, { 1, 2, 3, 4 }), 4)
show(table.move({ "a", "b" }, "1", "2", 3.0))
show(table.move({ [0] = "z", "a", "b" }, 0, 2, 1), 3)
show(table.move({ [-1] = "m", [0] = "z", "a" }, -1, 1, 1), 3)

local a, b = { 1, 2 }, {}
print(table.move(a, 1, 2, 1) == a, table.move(a, 1, 2, 1, b) == b, #b)
local edge = table.move({ [math.maxinteger] = "top", [math.maxinteger - 1] = "below" }, math.maxinteger - 1, math.maxinteger, 1)
print(edge[1], edge[2])
edge = table.move({ 1, 2 }, 1, 2, math.maxinteger - 1)
print(edge[math.maxinteger - 1], edge[math.maxinteger])
edge = table.move({ [math.mininteger] = "low" }, math.mininteger, math.mininteger, 1)
print(edge[1])

-- Metamethods see the accesses in order: forward, or backward when regions overlap.
local function trace(len, from, to, at, same)
  local log = {}
  local source = setmetatable({}, {
    __index = function(_, k) log[#log + 1] = "r" .. k return k * 10 end,
    __newindex = function(_, k, v) log[#log + 1] = "w" .. k .. "=" .. v end,
  })
  local target = same and source or setmetatable({}, getmetatable(source))
  table.move(source, from, to, at, target)
  print(table.concat(log, " "))
end
trace(3, 1, 3, 2, true)
trace(3, 2, 4, 1, true)
trace(3, 1, 3, 4, true)
trace(3, 1, 3, 2, false)
trace(3, 1, 0, 2, false)

e(table.move)
e(table.move, {})
e(table.move, {}, 1)
e(table.move, {}, 1, 2)
e(table.move, nil, 1, 2, 3)
e(table.move, {}, 1, 2, 3, 4)
e(table.move, {}, "x", 2, 3)
e(table.move, {}, 1.5, 2, 3)
e(table.move, {}, 1, 2, 0.5)
e(table.move, {}, 1, math.maxinteger, 2)
e(table.move, {}, -1, math.maxinteger, 2)
e(table.move, {}, math.mininteger, -1, 2)
e(table.move, {}, 1, 2, math.maxinteger)
print(#table.move({ 1, 2 }, 1, 2, 3, nil))
e(table.move, setmetatable({}, { __index = function() error("unreadable", 0) end }), 1, 2, 3)
e(table.move, { 1 }, 1, 1, 2, setmetatable({}, { __newindex = function() error("unwritable", 0) end }))
e(function() table.move(1, 1, 1, 1) end)
