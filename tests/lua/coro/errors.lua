-- Errors in and through coroutines; error objects keep identity; deep stacks.
local function tried(...)
  local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end
  print(table.concat(t, " ", 1, t.n))
end
local obj = setmetatable({}, { __tostring = function() return "OBJ" end })
local co = coroutine.create(function() error(obj) end) local ok, e = coroutine.resume(co) print(ok, e == obj)
co = coroutine.create(function() coroutine.yield() local t = nil; t.x = 1 end)
tried(coroutine.resume(co)) tried(coroutine.resume(co)) tried(coroutine.resume(co))
tried(coroutine.status(co))
for _, v in ipairs { 1, "s", true, 2.5 } do
  co = coroutine.create(function() error(v) end) tried(coroutine.resume(co))
end
co = coroutine.create(function() error() end) tried(coroutine.resume(co))
co = coroutine.create(function() error("lvl2", 2) end) tried(coroutine.resume(co))
co = coroutine.create(function() error("lvl0", 0) end) tried(coroutine.resume(co))
-- through wrap the error goes on, positions are not added twice
local w = coroutine.wrap(function() error("deep") end) tried(pcall(w))
w = coroutine.wrap(function() coroutine.wrap(function() coroutine.wrap(function() error("three levels") end)() end)() end)
tried(pcall(w))
w = coroutine.wrap(function() coroutine.wrap(function() error(obj) end)() end)
print(select(2, pcall(w)) == obj)
w = coroutine.wrap(function() coroutine.wrap(function() error("x", 0) end)() end)
tried(pcall(w))
w = coroutine.wrap(function() error("with\nnewline", 0) end)
tried(pcall(w))
-- pcall and xpcall inside, with yields between
co = coroutine.wrap(function()
  local r = {}
  for i = 1, 4 do
    local ok2,
      m = pcall(function() coroutine.yield("y" .. i) if i % 2 == 0 then error("e" .. i, 0) end return "ok" .. i end)
    r[#r + 1] = tostring(ok2) .. m
  end
  return table.concat(r, " ")
end)
tried(co(), co(), co(), co(), co())
co = coroutine.wrap(function()
  return xpcall(function() coroutine.yield(1) local x = {} + 1 end, function(m) return "handled: " .. m end)
end)
co() tried(co())
co = coroutine.wrap(function()
  return xpcall(function()
    return xpcall(function() coroutine.yield() error("in", 0) end, function(m) error(m .. "+bad handler", 0) end)
  end, function(m) return "outer " .. m end)
end)
co() tried(co())
-- errors while another coroutine is normal
local outer = coroutine.create(function()
  local inner = coroutine.create(function() coroutine.yield("i1") error("inner broke", 0) end)
  local r = { coroutine.resume(inner) } r[#r + 1] = coroutine.yield(r[2])
  local a, b = coroutine.resume(inner) coroutine.yield(b) error("outer broke too", 0)
end)
tried(coroutine.resume(outer)) tried(coroutine.resume(outer)) tried(coroutine.resume(outer))
tried(coroutine.status(outer))
-- a stack overflow can be caught inside the coroutine
co = coroutine.create(function()
  local function r() return 1 + r() end local a, b = pcall(r)
  coroutine.yield(a, b:find("stack overflow") ~= nil) return "alive"
end)
tried(coroutine.resume(co)) tried(coroutine.resume(co))
-- deep recursion within a coroutine, with a yield at the bottom
local function down(n) if n == 0 then coroutine.yield("bottom") return 0 end return 1 + down(n - 1) end
co = coroutine.wrap(function() return down(50000) end) tried(co()) tried(co())
-- coroutines nested in coroutines: a limit exists and is a catchable error
local function nest(n)
  if n == 0 then return "innermost" end
  return coroutine.wrap(function() return nest(n - 1) end)()
end
tried(nest(50)) ok, e = pcall(nest, 100000)
print(ok, type(e) == "string" and e:find("overflow") ~= nil)
local function nestresume(n)
  local a, b = coroutine.resume(coroutine.create(function() return nestresume(n + 1) end))
  if not a then return n, b end return b, (select(2, a, b))
end
local depth = nestresume(1) print(type(depth) == "number" and depth > 100)
-- error in the middle leaves upvalues usable
local v = 0
co = coroutine.create(function() v = 1 local function set(x) v = x end set(2) error("after set", 0) end)
coroutine.resume(co) print(v) local cell
co = coroutine.create(function() local priv = 5 cell = function() priv = priv + 1 return priv end error("gone", 0) end)
coroutine.resume(co) print(cell(), cell())
-- wrong use
tried(pcall(coroutine.resume, nil)) tried(pcall(coroutine.wrap)) tried(pcall(coroutine.status))
tried(pcall(coroutine.isyieldable, 1)) tried(select("#", coroutine.running()))
