-- Outside a declaration, 'global' is still an ordinary name.
global = 5
print(global, _G.global, global + 1)
global = { f = function(x) return "f" .. tostring(x) end, n = 0 }
global.n = global.n + 1
print(global.n, global.f(2), global["f"](3))
function global.g(self) return self.n end
print(global:g(), global.g(global))
local t = { global = 1, ["global x"] = 2 }
print(t.global, t["global x"])
t.global = t.global + 1
function t.global() return "field" end
print(t.global())
setmetatable(global, { __call = function(_, ...) return "called", select("#", ...), type(...) end })
print(global(1, 2))
global(3)
global "str"
global { }
print(global "s", type(global))
do
  local global = "local"
  print(global, #global, global .. "!")
  global = "changed"
  print(global)
end
local function f(global) return global end
print(f(7))
for global = 1, 2 do io.write(global, " ") end
for global, v in pairs { "a" } do io.write(global, v, " ") end
print()
goto global
print("skipped")
::global::
-- both meanings in one chunk
do
  global global, print, load
  global = "declared"
  print(global)
  print(load("global global = 1", "=g", "t", {}) ~= nil)
end
-- ambiguous looking forms
local function try(s)
  local fn, m = load(s, "=n", "t", { print = print, global = setmetatable({},
    { __call = function(_, x) return "call " .. type(x) end }) })
  if not fn then print(s, m) else print(s, pcall(fn)) end
end
try "global.x = 1 return global.x"
try "global['x'] = 1 return global.x"
try "return global 'x'"
try "return global {}"
try "return global(1)"
try "global = 3 return global"
try "global, y = 3, 4 return global, y"
try "global + 1"
try "global"
try "global x"
try "global\nx = 1"
try "global;"
try "global :m()"
try "return global * 2"
try "local global; global *"
try "global function() end"
try "local x <global> = 1"
try "return function(global) return global end == nil"
try "global 'x' .y = 1"
_G.global = nil
