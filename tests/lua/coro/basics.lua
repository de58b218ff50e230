-- create, resume, yield, status, wrap and the values they carry.
local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("got", c)
  local d, e = coroutine.yield(c * 2, "second")
  print("got", d, e)
  return "done", d + e
end)
print(coroutine.status(co), type(co))
print(coroutine.resume(co, 1, 2)) print(coroutine.status(co)) print(coroutine.resume(co, 10))
print(coroutine.resume(co, 3, 4)) print(coroutine.status(co)) print(coroutine.resume(co))
print(coroutine.resume(co, 1)) print(coroutine.status(co))
-- number of values in both directions
co = coroutine.wrap(function(...) local n = select("#", ...) while true do n = select("#", coroutine.yield(n)) end end)
print(co(), co(nil), co(nil, nil), co(1, 2, 3), co(table.unpack({}, 1, 50)))
co = coroutine.wrap(function()
  coroutine.yield() coroutine.yield(nil) coroutine.yield(nil, nil) coroutine.yield(1, nil, 3)
  return table.unpack({}, 1, 100)
end)
print(select("#", co()), select("#", co()), select("#", co()), select("#", co()), select("#", co()))
-- errors
co = coroutine.create(function() error("oops") end) print(coroutine.resume(co)) print(coroutine.status(co), coroutine.resume(co))
co = coroutine.create(function() error({ code = 7 }) end) local ok, e = coroutine.resume(co) print(ok, e.code)
co = coroutine.create(function() local x = nil; return x.y end) print(coroutine.resume(co))
co = coroutine.wrap(function() error("wrapped") end) print(pcall(co)) print(pcall(co))
co = coroutine.wrap(function() error({ 1 }) end) print(select(2, pcall(co))[1])
co = coroutine.wrap(function() return 1 end) print(co(), pcall(co))
-- status seen from everywhere
local outer, inner
outer = coroutine.create(function()
  inner = coroutine.create(function() print("inside inner:", coroutine.status(outer), coroutine.status(inner)) coroutine.yield() end)
  coroutine.resume(inner)
  print("after yield:", coroutine.status(inner), coroutine.status(outer))
  coroutine.resume(inner) print("finished:", coroutine.status(inner))
end)
coroutine.resume(outer) print(coroutine.status(outer))
-- running and isyieldable
local main, ismain = coroutine.running() print(type(main), ismain, coroutine.isyieldable(), coroutine.status(main))
co = coroutine.create(function()
  local c, m = coroutine.running()
  print(type(c), m, c ~= main, coroutine.isyieldable(), coroutine.status(main), coroutine.isyieldable(main))
end)
coroutine.resume(co) print(coroutine.isyieldable(co))
-- resuming oneself, the main thread, a dead or non-coroutine
co = coroutine.create(function() print(coroutine.resume(co)) end)
coroutine.resume(co) print(coroutine.resume(main)) print(pcall(coroutine.resume))
print(pcall(coroutine.resume, 5)) print(pcall(coroutine.create)) print(pcall(coroutine.create, 5))
print(pcall(coroutine.wrap, {})) print(pcall(coroutine.status, {})) print(pcall(coroutine.yield, 1))
local w w = coroutine.wrap(function() return pcall(w) end) print(w())
co = coroutine.create(function() local c2 = coroutine.create(function() return coroutine.resume(co) end) return coroutine.resume(c2) end)
print(coroutine.resume(co))
-- yield as an argument, in expressions, in constructors, across calls
co = coroutine.wrap(function()
  local t = { coroutine.yield("a"), coroutine.yield("b"), x = coroutine.yield("c") }
  return #t, t[1], t[2], t.x, coroutine.yield("d") .. coroutine.yield("e")
end)
print(co(), co(1), co(2), co(3), co("x"), co("y"))
local function deep(n)
  if n == 0 then return coroutine.yield("bottom") end local r = deep(n - 1) return r + 1
end
co = coroutine.wrap(function() return deep(200) end) print(co(), co(0))
co = coroutine.wrap(function(...) return coroutine.yield(...) end) print(co(1, 2, 3)) print(co(4, 5))
co = coroutine.wrap(coroutine.yield) print(co("first")) print(co("second"))
co = coroutine.create(print) print(coroutine.resume(co, "builtin as body"))
co = coroutine.wrap(pcall) print(co(error, "E", 0))
co = coroutine.wrap(coroutine.wrap(function() coroutine.yield(1) end) and function() return "f" end)
print(co())
-- a thousand coroutines alive at once
local list, s = {}, 0
for i = 1, 1000 do
  list[i] = coroutine.wrap(function() local n = i while true do n = n + coroutine.yield(n) end end)
  list[i]()
end
for r = 1, 3 do for i = 1, 1000 do s = s + list[i](r) end end
print(s)
