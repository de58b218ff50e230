-- Strings in arithmetic: the string metatable converts, and complains.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function show(v) print(v, math.type(v)) end

show("10" + 1) show("10" + 1.0) show("10.0" + 1) show("0x10" + 0) show("1e1" + 0) show(" 3 " * " 4 ")
show("10" - "4") show("7" // "2") show("7" / "2") show("7" % "4") show("-7" % "4") show("2" ^ "10") show(-"5") show(- "-5.5")
show("7.5" // 2) show("9223372036854775807" + 1) show("9223372036854775808" + 0) show(10 .. 20) show("0x7fffffffffffffff" + 1)

-- Bitwise operators do not convert strings.
e(function() return "6" & 3 end)
e(function() return 6 | "9" end)
e(function() local s = "6" return s ~ 3 end)
e(function() local t = { k = "1" } return t.k << 2 end)
e(function() return "abc" + 1 end)
e(function() return 1 + "abc" end)
e(function() return "abc" + "def" end)
e(function() return {} + "1" end)
e(function() return "1" + {} end)
e(function() return "1" + nil end)
e(function() return -"abc" end)
e(function() return "" * 2 end)
e(function() return "1" // 0 end)
e(function() return "1" % "0" end)
e(function() return "a" & 1 end)
e(function() return 1 | "1.5" end)
e(function() return "1.5" ~ 1 end)
e(function() return ~"x" end)
e(function() return "9223372036854775808" & 1 end)
e(function() return "1" << {} end)
e(function() local t = { name = "n" } return t.name + 1 end)
e(function() local s = "x" return s / 2 end)

-- A metamethod of the other operand is still found.
local both = setmetatable({}, {
  __add = function(a, b) return "add " .. type(a) .. " " .. type(b) end,
  __band = function(a, b) return "band " .. type(a) .. " " .. type(b) end,
  __concat = function(a, b) return "concat " .. type(a) .. " " .. type(b) end,
  __unm = function() return "unm" end,
})
print("1" + both, both + "1", "x" + both, both & "x", "x" & both)
print("x" .. both, both .. "x", 1 .. both, both .. 2.5, -both)

-- The metamethods live in the string metatable and can be called by hand.
local mt = getmetatable("")
print(mt.__index == string, type(mt.__add), type(mt.__unm), type(mt.__idiv), mt.__concat, mt.__band, mt.__eq)
show(mt.__add("1", "2"))
show(mt.__mul(2, "3.5"))
e(mt.__add, "x", 1)
e(mt.__add, 1)
local saved = mt.__add
mt.__add = nil
e(function() return "10" + 1 end)
mt.__add = function(a, b) return "joined:" .. a .. b end
print("10" + 1, "a" + "b", 1 + 2)
mt.__add = saved
show("10" + 1)
