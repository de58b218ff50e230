-- 'global function', recursion through it, function statements on declared names.
global function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
global print, pcall, load, select, type, _G, tostring, rawget
print(fact(10), _G.fact == fact)
global even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(10), odd(7), even(7))
do
  local function fact() return "local fact" end
  print(fact(), _G.fact(5))
  global fact
  print(fact(5))
end
do
  global function scoped(...) return select("#", ...) end
  print(scoped(1, nil, nil))
end
print(_G.scoped ~= nil, load("return scoped(1)")())
print(load("global a; return scoped", "=u"))
global obj
obj = { sub = {} }
function obj.f(x) return "f" .. x end
function obj:m(x) return self == obj, x end
function obj.sub.deep(x) return x end
print(obj.f(1), obj.sub.deep(2), obj:m(3))
-- names in error messages
global missing, caller
function caller() return missing.x end
print(pcall(caller))
function caller() return missing() end
print(pcall(caller))
function caller() return missing + 1 end
print(pcall(caller))
function caller() return #missing .. "" end
print(pcall(caller))
function caller() missing.field.x = 1 end
print(pcall(caller))
missing = {}
print(pcall(caller))
missing = nil
-- a constant global may still be changed through its table
global <const> K
print(K)
_G.K = 1
print(K, load("K = K + 1 return K")(), K)
-- closures see the declaration in force where they were written
local get, set
do
  global shared
  function get() return shared end
  function set(v) shared = v end
end
set("v")
print(get(), _G.shared)
local function redirected(_ENV) global a, b a = b return a end
local env = { b = "from env" }
print(redirected(env), env.a, _G.a)
-- goto and global declarations in the same block
do
  local n = 0
  ::top::
  n = n + 1
  if n < 3 then goto top end
  global after
  after = n
  print(after)
end
print(type(_G.after), rawget(_G, "even") == even)
