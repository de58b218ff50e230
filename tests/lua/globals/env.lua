-- _ENV: free names are fields of whatever _ENV is in scope.
local print, setmetatable, load, pcall, rawget, type, _G, tostring, select = print, setmetatable, load, pcall, rawget,
  type, _G, tostring, select
x = "global"
do
  local _ENV = { x = "in env" }
  print(x, y)
  y = 1
  print(y, _ENV.y, _G.y)
end
print(x, y, _ENV == _G, _ENV.x == _G.x)
local function with(_ENV, v) z = v return z, w end
local t = { w = "w" }
print(with(t, 5), t.z, _G.z)
-- nested functions capture the _ENV in scope
local function sandbox(env)
  local _ENV = env
  return function() n = (n or 0) + 1 return n end
end
local a, b = sandbox {}, sandbox { n = 10 }
print(a(), a(), b(), a(), b(), n)
-- inheritance through metatables
local env = setmetatable({}, { __index = _G })
local f = load("v = 5 print('from chunk', v, type(string)) return v", "=e", "t", env)
print(f(), env.v, v)
-- load with env keeps the first upvalue only
local g = load("local _ENV <const> = ... ; q = 1 return q, _ENV", "=e", "t", { unused = true })
local e2 = {}
print(g(e2) == 1, e2.q)
print(load("return _ENV", "=e", "t", 42)(), load("return _ENV", "=e", "t", nil)())
print(pcall(load("return x", "=e", "t", nil)))
print(pcall(load("x = 1", "=e", "t", nil)))
print(pcall(load("return x", "=e", "t", 5)))
print(pcall(load("return x", "=e", "t", "str")), type(load("return len", "=e", "t", "str")()))
print(pcall(load("return x.y", "=e", "t", {})))
print(pcall(load("x()", "=e", "t", {})))
print(pcall(load("local _ENV; return x", "=e")))
print(pcall(load("local _ENV = nil; x = 1", "=e")))
print(pcall(load("local function f(_ENV) return x end f()", "=e")))
print(pcall(load("local _ENV = {}; return function() return x() end", "=e")()))
print(load("local _ENV <const> = {}; _ENV = 1", "=e"))
-- assigning to _ENV replaces the table for the whole chunk
local h = load("_ENV = { k = 'new' } return k, _ENV.k", "=e", "t", { k = "old" })
print(h())
local h2 = load("local old = _ENV; _ENV = setmetatable({}, { __index = old, __newindex = function(_, k, v) old['my' .. k] = v end }); foo = 'bar'; return foo, myfoo",
  "=e", "t", setmetatable({}, { __index = _G }))
print(h2())
-- in loops, as varargs, as table fields
for _, _ENV in (function()
  local l, i = { { m = 1 }, { m = 2 } }, 0
  return function() i = i + 1 if l[i] then return i, l[i] end end
end)() do
  print(m)
end
do local _ENV = { print = print, f = function(x) return x end } print(f("inside")) end
local strict = setmetatable({}, { __index = function(_, k) error("undeclared " .. k, 2) end,
  __newindex = function(_, k) error("cannot create " .. k, 2) end })
local error = error
print(pcall(load("return undefinedvar", "=strict", "t", strict)))
print(pcall(load("\nnewvar = 1", "=strict", "t", strict)))
print(_ENV.x, rawget(_G, "x"), select("#", _ENV))
