-- Metatables of basic types, and raw access to protected ones.
print(debug.getmetatable(1), debug.getmetatable(nil), debug.getmetatable(true), debug.getmetatable(print))
print(debug.getmetatable(coroutine.create(print)), debug.getmetatable("").__index == string)
-- Numbers.
print(debug.setmetatable(0, { __index = { double = function(n) return n * 2 end }, __call = function(n, x) return n, x end,
  __len = function(n) return n + 100 end, __concat = function(a, b) return "cat" end, __name = "Number" }))
local five = 5
print(five:double(), (2.5):double(), five("called"), #five, five .. 1)
print(pcall(function() return five.x.y end))
print(debug.getmetatable(1.5) == debug.getmetatable(7))
print(five + 1, five < 6, five == 5)
debug.setmetatable(1, nil)
print(pcall(function() return five:double() end))
-- Nil.
debug.setmetatable(nil, { __index = function(_, k) return "nil." .. k end, __add = function() return "sum" end,
  __newindex = function(_, k, v) print("write", k, v) end, __tostring = function() return "nothing" end })
local n
print(n.field, n + 1, 1 + n, tostring(n))
n.key = "value"
undefined_table.key = "value"
debug.setmetatable(nil, nil)
print(pcall(function() return n.field end))
-- Booleans.
debug.setmetatable(true, { __index = { name = "bool" }, __lt = function(a, b) return not a and b end, __unm = function(a) return not a end })
print((true).name, (false).name, false < true, true < false, -true)
print(pcall(function() return false <= true end))
debug.setmetatable(false, nil)
-- Functions.
debug.setmetatable(print, { __index = function(f, k) return k end, __add = function(f, g)
  return function(...) return g(f(...)) end end, __len = function() return 42 end })
local inc = function(x) return x + 1 end
print((inc + inc)(1), inc.anything, #print, #inc)
debug.setmetatable(inc, nil)
-- Coroutines.
local co = coroutine.create(function() end)
debug.setmetatable(co, { __index = coroutine, __tostring = function() return "a coroutine" end })
print(co:status(), tostring(co), co:resume(), co:status())
debug.setmetatable(co, nil)
-- Strings: take away what they have, and give it back.
local strings = debug.getmetatable("")
debug.setmetatable("", nil)
print(pcall(function() return ("x"):rep(2) end))
print(pcall(function() return "10" + 1 end))
debug.setmetatable("", strings)
print(("x"):rep(2), "10" + 1)
-- Protected metatables are no obstacle here.
local protected = setmetatable({}, { __metatable = "locked" })
print(getmetatable(protected), type(debug.getmetatable(protected)), pcall(setmetatable, protected, {}))
print(debug.setmetatable(protected, nil) == protected, getmetatable(protected))
-- Errors.
print(pcall(debug.setmetatable, {}))
print(pcall(debug.setmetatable, {}, 1))
print(pcall(debug.setmetatable))
print(pcall(debug.getmetatable))
