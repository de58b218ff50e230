-- Calls in statement position, chains, method calls on any prefix expression.
local B = {}
B.__index = B
local function new() return setmetatable({ parts = {} }, B) end
function B:add(x) self.parts[#self.parts + 1] = tostring(x) return self end
function B:addall(...) for i = 1, select("#", ...) do self:add((select(i, ...))) end return self end
function B.str(self, sep) return table.concat(self.parts, sep or "") end
function B:get(i) return self.parts[i] end
print(new():add(1):add "two":add [[three]]:addall(4, nil, false):str(","))
local b = new()
b:add(1)
b:add { } .parts[2] = "table arg"
b:add(1).parts.extra = "x"
print(b:str "|", b.parts.extra)
new():addall(b:str(), b:get(1)):add(nil)
-- statements starting with parentheses need care
local f = function(x) io.write("f", tostring(x), " ") return f end ;
(f)(1)
f(2);
(function(...) io.write(select("#", ...), " ") end)(1, 2, 3)
print()
-- string methods on literals and expressions
print(("%d-%s"):format(5, "x"), ("abc"):upper(), ("a,b"):find(",", 1, true), #("x"):rep(5), ("x" .. "y"):reverse(), (5
  .. ""):len())
local s = "hello"
print(s:sub(2, 3), s:byte(1), s:rep(2, " "), s:upper():lower():sub(-2), s:gsub("l", "L"))
-- nested functions and dotted names
local m = { sub = { deep = {} } }
function m.sub.deep.f(a, b) return a, b end
function m.sub.deep:g(a, b) return self == m.sub.deep, a, b end
print(m.sub.deep.f(1, 2))
print(m.sub.deep:g(1, 2))
print(m.sub.deep.g(m.sub.deep, 1, 2))
print(m["sub"]["deep"]:g(3))
print((m.sub or {}).deep:g(), ({ k = function(self, v) return self.w, v end, w = "w" }):k("v"))
-- a method looked up after arguments? the object and method come first
local order = {}
local obj = setmetatable({},
  { __index = function(_, k) order[#order + 1] = k return function(_, ...) order[#order + 1] = k .. "()" end end })
obj:one(obj.two, obj:three())
print(table.concat(order, " "))
-- function values stored under any key
local t = { [1] = function() return "by index" end, ["with space"] = function() return "by string" end,
  [true] = function() return "by true" end }
print(t[1](), t["with space"](), t[true]())
-- call results indexed and called
local function tbl() return { x = { y = function() return { z = "zz" } end } } end
print(tbl().x.y().z, tbl() .x ["y"] {} .z, #tbl().x.y().z)
-- call syntax with string and table
local function echo(...) return ... end
print(echo "str", echo [[long]], echo { 1, 2 }[2], echo { k = "v" }.k, type(echo {}), echo "a" .. echo "b")
-- self is an ordinary local
function t:over() self = "changed" return self end
print(t:over())
function t.a(self) return self end
print(t:a() == t, t.a(5), pcall(load("local t = {} t:none()", "=m")))
print(load("t:a.b()", "=m"))
print(load("t:a = 5", "=m"))
print(load("function t:a.b() end", "=m"))
print(load("x", "=m"), load("x.y", "=m"))
print(load("(f)", "=m"), load("5", "=m"))
print(load("'s':upper()", "=m"), load("{}:x()", "=m"))
