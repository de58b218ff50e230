-- Running out of Lua stack: wide frames, handlers and coroutines; the state survives.
local function check(name, f, ...)
  local ok, m = pcall(f, ...)
  m = tostring(m)
  print(name, ok, m:find("stack overflow") and "overflow" or m)
end
-- frames with many locals fill the stack with fewer calls
local function names(p, n) local t = {} for i = 1, n do t[i] = p .. i end return table.concat(t, ",") end
local wide = load("return function(n, g) local " .. names("w", 150)
  .. " = n if n == 0 then return 0 end return 1 + g(n - 1, g) end")()
print(wide(2000, wide))
check("wide", wide, 1e9, wide)
local a, b
function a(n) return 1 + wide(1e9, wide) + b(n) end
function b(n) return 1 + a(n) end
check("mutual", a, 1)
local o = {}
function o:m(n) return wide(n, function(k, g) return self:m(k + 1) end) + 1 end
check("method", o.m, o, 1)
check("called object", function()
  local c = setmetatable({}, { __call = function(self, k, g) return wide(k + 1, self) end })
  return c(1)
end)
-- the handler of xpcall runs although the stack is full
print(xpcall(wide, function(e) return type(e) .. tostring(e:find("stack overflow") ~= nil) end, 1e9, wide))
-- an error object from the bottom survives the unwinding
local obj = {}
local function down(n) if n == 0 then error(obj) end return 1 + down(n - 1) end
local ok, e = pcall(down, 20000)
print(ok, e == obj)
-- overflow inside a coroutine leaves the caller intact
local co = coroutine.create(function()
  local caught = pcall(wide, 1e9, wide)
  coroutine.yield(caught)
  return "alive"
end)
print(coroutine.resume(co))
print(coroutine.resume(co))
print(coroutine.status(co))
co = coroutine.create(wide)
ok, e = coroutine.resume(co, 1e9, wide)
print(ok, e:find("stack overflow") ~= nil, coroutine.status(co))
-- to-be-closed variables are closed on the way out
local closed = 0
local function tbc(n)
  local c <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
  if n == 0 then return 1 + wide(1e9, wide) end
  return 1 + tbc(n - 1)
end
check("closing", tbc, 50)
print(closed)
-- repeated overflows do no harm
local caught = 0
for _ = 1, 3 do
  local fine = pcall(wide, 1e9, wide)
  if not fine then caught = caught + 1 end
end
print(caught, wide(3000, wide))
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
print(depth(20000))
