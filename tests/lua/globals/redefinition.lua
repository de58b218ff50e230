-- Initialising a global that already has a value is a run-time error.
local function try(src, env)
  local f = assert(load(src, "=r", "t", env or _G))
  local r = table.pack(pcall(f))
  for i = 1, r.n do r[i] = tostring(r[i]) end
  print((src:gsub("\n", " ")), table.concat(r, " ", 1, r.n))
end
local function new(t) return setmetatable(t or {}, { __index = { print = print } }) end
try("global X = 1 return X", {})
try("global X = 2 return X", { X = 1 })
try("global X = nil return X", { X = 1 })
try("global X = nil return X", {})
try("global X = false global X = 1", {})
try("global X = nil global X = 1 return X", {})
try("X = 1\n\nglobal X = 2", {})
try("global X; X = 3; do global X = 4 end", {})
try("global function f() end return f == nil", {})
try("global function f() end", { f = 1 })
try("global function f() end global function f() end", {})
try("global print = 1", new())
try("global a, b, c = 1, 2, 3 return a, b, c", {})
try("global a, b, c = 1, 2, 3", { b = true })
try("global a, b, c = 1, 2, 3", { c = 0 })
try("global a, a = 1, 2", {})
try("global x = (function() x = 3 end)()", {})
try("global x = (function() _ENV.x = 3 end)()", {})
try("global x <const> = 5 return x", {})
try("global x <const> = 5 global x = 6", {})
try("for i = 1, 2 do global x = i end", {})
try("local function f() global x = 1 end f() f()", {})
try("local _ENV = { x = 1 } global x = 2", {})
try("local _ENV = {} global x = 2 return x", { x = 1 })
try("global x = y return x", new { y = 1 })
-- an error leaves earlier names as they were
local env = { c = "old" }
try("global a, b, c = 1, 2, 3", env)
print(env.a, env.b, env.c)
env = {}
try("global a, b = 1, error('init')", setmetatable(env, { __index = { error = error } }))
print(rawget(env, "a"), rawget(env, "b"))
-- metamethods of the environment are used for the check and the store
local log = {}
local spy = setmetatable({}, { __index = function(_, k) log[#log + 1] = "get " .. k end,
  __newindex = function(t, k, v) log[#log + 1] = "set " .. k rawset(t, k, v) end })
try("global p, q = 1, 2 return p, q", spy)
print(table.concat(log, " "))
log = {}
try("global function fn() return fn end return fn() == fn", setmetatable({}, getmetatable(spy)))
print(table.concat(log, " "))
try("global y = 1", setmetatable({}, { __index = function(_, k) return k end }))
try("global y = 1", nil)
try("global y = 2", nil)
_G.y = nil
