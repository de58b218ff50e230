-- table.insert.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function show(t) print(#t, table.concat(t, " ")) end

local t = {}
table.insert(t, "a") show(t)
table.insert(t, "b") show(t)
table.insert(t, 1, "first") show(t)
table.insert(t, 2, "second") show(t)
table.insert(t, #t + 1, "last") show(t)
table.insert(t, "3", "numeral") show(t)
table.insert(t, 3.0, "float") show(t)
print(table.insert(t, "nothing returned"))
print(select("#", table.insert(t, "x")))

-- Inserting nil at the end changes nothing; in the middle it makes a hole or shifts.
local n = { 1, 2, 3 }
table.insert(n, nil)
print(#n, n[4])
table.insert(n, 4, nil)
print(#n, n[4])

local many = {}
for i = 1, 1000 do table.insert(many, i) end
print(#many, many[1], many[500], many[1000])
for i = 1, 100 do table.insert(many, 1, -i) end
print(#many, many[1], many[100], many[101], many[1100])
local mixed = { 1, 2 }
table.insert(mixed, 2.5) table.insert(mixed, 1, "s") table.insert(mixed, 3, true) table.insert(mixed, 1, 1 << 40)
for i, v in ipairs(mixed) do io.write(i, "=", tostring(v), " ") end
print()

-- Other keys are left alone.
local h = { x = 1, 10, 20, [-1] = "neg", [0] = "zero" }
table.insert(h, 1, 0)
print(h.x, h[-1], h[0], h[1], h[2], h[3], #h)

e(table.insert)
e(table.insert, {})
e(table.insert, nil, 1)
e(table.insert, 1, 2)
e(table.insert, "s", 2)
e(table.insert, {}, 1, 2, 3)
e(table.insert, {}, 1, 2, nil)
e(table.insert, {}, 2, "x")
e(table.insert, {}, 0, "x")
e(table.insert, { 1, 2 }, 4, "x")
e(table.insert, { 1, 2 }, -1, "x")
e(table.insert, { 1, 2 }, "x", "x")
e(table.insert, { 1, 2 }, 1.5, "x")
e(table.insert, { 1, 2 }, {}, "x")
e(table.insert, { 1, 2 }, nil, "x")
e(table.insert, { 1, 2 }, math.maxinteger, "x")
e(table.insert, { 1, 2 }, math.mininteger, "x")
e(table.insert, setmetatable({}, { __len = function() return "3" end }), "x")
e(table.insert, setmetatable({}, { __len = function() return "many" end }), "x")
e(table.insert, setmetatable({}, { __len = function() return 1.5 end }), "x")
e(table.insert, setmetatable({}, { __len = function() error("no length", 0) end }), "x")
e(function() table.insert(nil, 1) end)
e(function() local list table.insert(list, 1) end)
e(function() table.insert({}, 5, 1) end)
