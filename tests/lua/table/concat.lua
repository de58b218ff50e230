-- table.concat.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function q(...) print(string.format("%q", table.concat(...))) end

q {}
q { "a" }
q { "a", "b", "c" }
q({ "a", "b", "c" }, ", ")
q({ "a", "b", "c" }, "")
q({ 1, 2.5, -3, 1e100, "x", 2^53, math.mininteger }, " ")
q({ 1, 2, 3 }, 0)
q({ 1, 2, 3 }, 1.5)
q({ "a", "b", "c", "d" }, "-", 2)
q({ "a", "b", "c", "d" }, "-", 2, 3)
q({ "a", "b", "c", "d" }, "-", 3, 3)
q({ "a", "b", "c", "d" }, "-", 4, 3)
q({ "a", "b", "c", "d" }, "-", 1, 0)
q({ "a", "b" }, nil, 1, 2)
q({ [0] = "zero", "one" }, ",", 0)
q({ [-1] = "m", [0] = "z", "o" }, ",", -1, 1)
q({}, "x", 5, 4)
q({ [math.maxinteger] = "end" }, "x", math.maxinteger)
q({ [math.maxinteger] = "end", [math.maxinteger - 1] = "almost" }, "x", math.maxinteger - 1, math.maxinteger)
q({ [math.mininteger] = "start" }, "x", math.mininteger, math.mininteger)
q({ "a", "b" }, "\0")
q({ "", "", "" }, ".")
q({ "1", "2" }, "x", "1", "2")
print(#table.concat({ ("x"):rep(1000), ("y"):rep(1000) }, ("z"):rep(1000)))
local big = {}
for i = 1, 10000 do big[i] = i end
local s = table.concat(big, ",")
print(#s, s:sub(1, 20), s:sub(-12))
print(select(2, s:gsub(",", "")))

e(table.concat)
e(table.concat, nil)
e(table.concat, "abc")
e(table.concat, { {} })
e(table.concat, { 1, 2, {} })
e(table.concat, { 1, true, 3 })
e(table.concat, { 1, 2, nil }, ",", 1, 3)
e(table.concat, { 1, 2 }, ",", 1, 4)
e(table.concat, {}, ",", 1, 1)
e(table.concat, { print }, ",")
e(table.concat, { "a", "b", coroutine.create(print) })
e(table.concat, { 1 }, ",", 0)
e(table.concat, { 1 }, {})
e(table.concat, { 1 }, ",", "x")
e(table.concat, { 1 }, ",", 1, "y")
e(table.concat, { 1 }, ",", 1.5)
e(table.concat, { 1 }, true)
e(table.concat, setmetatable({}, { __len = function() return "z" end }))
-- Metamethods like __tostring and __concat are not consulted.
e(table.concat, { setmetatable({}, { __tostring = function() return "s" end, __concat = function() return "c" end }) })
e(function() return table.concat({ 1, {} }, ",") end)
