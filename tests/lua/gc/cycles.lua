-- Cyclic garbage of every shape is found; what is reachable stays.
local weak = setmetatable({}, { __mode = "v" })
local function gone(...)
  collectgarbage() collectgarbage() local r = {}
  for i, k in ipairs { ... } do r[i] = tostring(weak[k] == nil) end
  print(table.concat(r, " "))
end
do local t = {} t.self = t weak.a = t end
gone "a"
do local a, b = {}, {} a.b, b.a = b, a weak.a, weak.b = a, b end
gone("a", "b")
do
  local list = {} local cur = list
  for i = 1, 1000 do cur.next = { prev = cur } cur = cur.next end
  cur.next = list weak.head, weak.tail = list, cur
end
gone("head", "tail")
-- through metatables, upvalues, coroutines and keys
do local t = {} setmetatable(t, t) t.__index = t weak.m = t end
gone "m"
do local t = {} setmetatable(t, { __index = t, owner = t }) weak.m = t end
gone "m"
do local t = {} t.f = function() return t end weak.f = t end
gone "f"
do local f local t = {} f = function() return f, t end t[f] = f weak.f, weak.t = f, t end
gone("f", "t")
do local a, b a = function() return b end b = function() return a end weak.a, weak.b = a, b end
gone("a", "b")
do
  local t = {}
  t.co = coroutine.create(function() local me = t coroutine.yield(me) end)
  coroutine.resume(t.co) weak.t, weak.co = t, t.co
end
gone("t", "co")
do local w t = {} w = coroutine.wrap(function(x) coroutine.yield(w, x) end) w(t) weak.t, weak.w = t, w t = nil end
gone("t", "w")
do local t = {} t[t] = t weak.t = t end
gone "t"
do local a, b = {}, {} a[b] = a b[a] = b weak.a, weak.b = a, b end
gone("a", "b")
-- globals, registry-like tables and upvalues keep things alive until cleared
holder = { inner = {} } weak.h = holder.inner
gone "h"
holder = nil
gone "h"
local keep do local t = {} keep = function() return t end weak.k = t end
gone "k"
print(keep() == weak.k)
keep = nil
gone "k"
-- an upvalue shared by two closures: one of them is enough
local c1, c2 do local t = {} c1 = function() return t end c2 = function(v) t = v end weak.s = t end
c1 = nil
gone "s"
c2({}) gone "s"
-- local variables end with their block, arguments with their call
local function f(x) weak.arg = x return 1 end
f({}) gone "arg"
for i = 1, 3 do local v = { i } weak["l" .. i] = v end
gone("l1", "l2", "l3")
-- reassignment and removal from arrays and hashes drop the old value
local arr = { {}, {}, {} } weak.x, weak.y, weak.z = arr[1], arr[2], arr[3]
arr[2] = nil gone("x", "y", "z")
table.remove(arr) arr[1] = "other" gone("x", "y") -- (a register may still hold the removed one)
local h = { k = {} } weak.hk = h.k h.k = nil gone "hk"
local keyed = {} do local key = {} keyed[key] = 1 weak.key = key end
gone "key"
keyed[next(keyed)] = nil
gone "key"
-- values held only by the stack of a running function are safe
local function deep(n) local t = { n } if n == 0 then collectgarbage() return 0 end local r = deep(n - 1) return r + t[1] end
print(deep(100))
local function args(a, b, ...) collectgarbage() return a[1] + b[1] + (...)[1] + select(2, ...)[1] end
print(args({ 1 }, { 2 }, { 3 }, { 4 }))
print((function(...) collectgarbage() local t = { ... } return #t, t[3][1] end)({ 1 }, { 2 }, { 3 }))
local joined = table.concat({ "a" .. tostring(collectgarbage("step") ~= nil), ("c"):rep(3) }) print(#joined > 0)
for k, v in pairs(setmetatable({},
  { __pairs = function() return function(_, i) i = (i or 0) + 1 collectgarbage() if i <= 3 then return i, { i } end end end })) do
  io.write(v[1], " ")
end
print()
-- error values and coroutine results survive a collection while in flight
local ok, e = pcall(function() local err = { "payload" } collectgarbage() error(err) end) collectgarbage() print(ok, e[1])
local co = coroutine.wrap(function() while true do coroutine.yield({ "from co" }) collectgarbage() end end)
co() print(co()[1], co()[1])
