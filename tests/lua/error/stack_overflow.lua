-- Runaway recursion of every kind is a catchable error, and the state survives it.
local function check(name, f, ...)
  local ok, m = pcall(f, ...) m = tostring(m)
  print(name, ok, (m:find("stack overflow") or m:find("too complex") or m:find("chain too long")) and "overflow" or m)
end
local t = setmetatable({}, {}) local mt = getmetatable(t)
mt.__index = function(s, k) return s[k + 1] + 1 end check("__index", function() return t[1] end)
mt.__newindex = function(s, k, v) s[k + 1] = v return 1 end check("__newindex", function() t[1] = 1 end)
mt.__add = function(a, b) return 1 + (a + b) end check("__add", function() return t + 1 end)
mt.__eq = function(a, b) return not (a == setmetatable({}, mt)) end check("__eq", function() return t == setmetatable({}, mt) end)
mt.__lt = function(a, b) return not (a < b) end check("__lt", function() return t < t end)
mt.__concat = function(a, b) return "x" .. (a .. b) end check("__concat", function() return t .. "y" end)
mt.__len = function(a) return #a + 1 end check("__len", function() return #t end)
mt.__tostring = function(s) return "x" .. tostring(s) end check("__tostring", tostring, t)
check("gsub callback", function() local function g() return (("x"):gsub("x", g)) end g() end)
check("sort comparator",
  function() local function s() local a = { 3, 1, 2 } table.sort(a, function(x, y) s() return x < y end) end s() end)
check("pcall chain is not an overflow at 100", function()
  local function p(n) if n == 0 then return "bottom" end local _, v = pcall(p, n - 1) return v end
  error(p(100), 0)
end)
check("runaway pcall", function()
  local deepest = 0
  local function p(n) deepest = n local ok, m = pcall(p, n + 1) if not ok then error(m, 0) end end
  p(1)
end)
check("vararg growth", function() local function v(...) return 1 + v(1, ...) end return v() end)
check("coroutine.wrap", function() local function w() return coroutine.wrap(w)() end return w() end)
check("load in load", function() local function l() return load(function() l() end) end l() error("finished", 0) end)
check("string pattern", string.find, ("a"):rep(300000), ("a?"):rep(300000) .. "b")
-- no overflow: tail calls, loops, long chains
check("tail", function() local function z(n) if n == 0 then error("no overflow", 0) end return z(n - 1) end return z(300000) end)
-- after all that the interpreter is usable, and deep but finite recursion works
local function d(n) if n == 0 then return 0 end return 1 + d(n - 1) end
print(d(10000), #("ok"):rep(10), select("#", table.unpack({}, 1, 100)))
