-- Collected suspended coroutines, upvalues shared between coroutines, many switches.
local alive = setmetatable({}, { __mode = "v" })
do
  local co = coroutine.create(function() local big = {} coroutine.yield(big) end)
  coroutine.resume(co) alive[1] = co
end
collectgarbage() collectgarbage() print(alive[1])
do
  local co = coroutine.wrap(function() local t = { "kept" } coroutine.yield(t) return t[1] end)
  alive[2] = co() collectgarbage() print(alive[2] ~= nil, alive[2] and alive[2][1], co())
end
collectgarbage() print(alive[2] == nil)
-- a suspended coroutine keeps its locals alive, and a cycle through it is collected
local function cyc()
  local t = {}
  local co = coroutine.create(function() local me = t coroutine.yield() return me end)
  t.co = co coroutine.resume(co) alive[3] = t
end
cyc() collectgarbage() print(alive[3])
-- finalizers of objects owned by a dropped coroutine run; pending <close> does not
local log = {}
do
  local co = coroutine.create(function()
    local o = setmetatable({}, { __gc = function() log[#log + 1] = "gc" end })
    local c <close> = setmetatable({}, { __close = function() log[#log + 1] = "close" end })
    coroutine.yield(o)
  end)
  coroutine.resume(co)
end
collectgarbage() collectgarbage() print(table.concat(log, " "))
-- dead coroutines release what they held
local weak = setmetatable({}, { __mode = "k" })
local dead = coroutine.create(function() local o = {} weak[o] = true end)
coroutine.resume(dead) collectgarbage() print(next(weak), coroutine.status(dead))
local errd = coroutine.create(function() local o = {} weak[o] = true error("x", 0) end)
coroutine.resume(errd) coroutine.close(errd) collectgarbage() print(next(weak))
-- collection during a run, while values live only on the stack
local co = coroutine.wrap(function(...)
  local a, b = {}, { 1, 2, 3 }
  for i = 1, 20 do a[i] = { i } coroutine.yield(i) collectgarbage() end
  local s = 0 for i = 1, 20 do s = s + a[i][1] end return s + b[3] + select("#", ...)
end)
local last = co("x", "y")
while last do local v = co() if v == 233 + 0 or v and v > 20 then print(v) break end last = v end
-- shared upvalues between coroutine and main
local shared = 0
local function adder(k)
  return coroutine.wrap(function() while true do shared = shared + k coroutine.yield(shared) end end)
end
local a1, a10 = adder(1), adder(10) print(a1(), a10(), a1(), a10(), shared) shared = 100 print(a1())
local function pair()
  local v = 0
  return coroutine.wrap(function() while true do v = v + 1 coroutine.yield(v) end end), function(x) v = x end,
    function() return v end
end
local step, set, get = pair() step() step() set(40) print(step(), get())
-- coroutine objects as keys and values
local co1, co2 = coroutine.create(print), coroutine.create(print)
local t = { [co1] = 1, [co2] = 2 }
print(t[co1], t[co2], co1 == co2, co1 == co1, type(co1))
print((tostring(co1):gsub("0x%x+", "PTR")), tostring(co1) ~= tostring(co2))
-- many switches with growing argument lists
local echo = coroutine.wrap(function(...)
  local r = table.pack(...)
  while true do r = table.pack(coroutine.yield(table.unpack(r, 1, r.n))) end
end)
local ok = true
for i = 0, 60 do
  local args = {} for j = 1, i do args[j] = j end local r = table.pack(echo(table.unpack(args)))
  ok = ok and r.n == i and r[i] == args[i]
end
print(ok)
local counter = coroutine.wrap(function() local n = 0 while true do n = n + 1 coroutine.yield(n) end end)
local s = 0 for i = 1, 20000 do s = s + counter() end print(s)
-- create many short ones
local total = 0
for i = 1, 3000 do
  local c = coroutine.wrap(function(x) local y = coroutine.yield(x * 2) return y + 1 end)
  total = total + c(i) + c(i)
end
print(total)
-- goto, loops and break around yields
local g = coroutine.wrap(function()
  local i = 0 ::top:: i = i + 1 if i % 3 == 0 then goto top end coroutine.yield(i)
  if i < 8 then goto top end return "end"
end)
local out = {}
repeat local v = g() out[#out + 1] = tostring(v) until v == "end"
print(table.concat(out, " "))
local nestl = coroutine.wrap(function()
  for i = 1, 3 do
    for j = 1, 3 do if j > i then break end while true do coroutine.yield(i .. j) break end end
  end
end)
out = {} for v in nestl do out[#out + 1] = v end print(table.concat(out, " "))
-- recursion where each level is a coroutine
local function tree(d, p)
  return coroutine.wrap(function()
    if d > 0 then
      for v in tree(d - 1, p .. "l") do coroutine.yield(v) end
      coroutine.yield(p)
      for v in tree(d - 1, p .. "r") do coroutine.yield(v) end
    end
  end)
end
out = {} for v in tree(3, "*") do out[#out + 1] = v end print(table.concat(out, " "))
-- yields inside metamethods of numeric for bounds and table constructors keep partial state
local lazy = setmetatable({}, { __index = function(_, k) return coroutine.yield(k) end })
local build = coroutine.wrap(function() return { lazy.a, lazy.b, [lazy.c] = lazy.d, lazy.e } end)
build() build(1) build(2) build("key") build("val") local res = build(3)
print(res[1], res[2], res[3], res.key)
print(coroutine.isyieldable(), select(2, coroutine.running()),
  coroutine.wrap(function() return coroutine.isyieldable() end)(),
  coroutine.wrap(function() return select(2, coroutine.running()) end)())
