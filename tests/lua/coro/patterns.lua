-- Producers, filters, permutations, schedulers, trees, backtracking.
local function producer(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local function filter(p, src) return coroutine.wrap(function() for v in src do if p(v) then coroutine.yield(v) end end end) end
local function map(f, src) return coroutine.wrap(function() for v in src do coroutine.yield(f(v)) end end) end
local function take(n, src)
  return coroutine.wrap(function() for _ = 1, n do local v = src() if v == nil then return end coroutine.yield(v) end end)
end
local function list(src) local r = {} for v in src do r[#r + 1] = tostring(v) end return table.concat(r, " ") end
print(list(producer(5)), "|", list(filter(function(v) return v % 3 == 0 end, producer(20))), "|", list(take(4,
  map(function(v) return v * v end, filter(function(v) return v % 2 == 1 end, producer(1e9))))))
local function permgen(a, n)
  n = n or #a
  if n <= 1 then
    coroutine.yield(table.concat(a))
  else
    for i = 1, n do a[n], a[i] = a[i], a[n] permgen(a, n - 1) a[n], a[i] = a[i], a[n] end
  end
end
print(list(coroutine.wrap(function() permgen { "a", "b", "c" } end)))
local cnt = 0
for _ in coroutine.wrap(function() permgen { 1, 2, 3, 4, 5, 6 } end) do cnt = cnt + 1 end
print(cnt)
local function inorder(t) if t then inorder(t.l) coroutine.yield(t.k) inorder(t.r) end end
local function insert(t, k)
  if not t then return { k = k } end
  if k < t.k then t.l = insert(t.l, k) else t.r = insert(t.r, k) end
  return t
end
local root
for _, k in ipairs { 50, 30, 70, 20, 40, 60, 80, 10 } do root = insert(root, k) end
print(list(coroutine.wrap(function() inorder(root) end)))
local function samefringe(a, b)
  local x, y = coroutine.wrap(function() inorder(a) end), coroutine.wrap(function() inorder(b) end)
  while true do local p, q = x(), y() if p ~= q then return false end if p == nil then return true end end
end
local other
for _, k in ipairs { 10, 20, 30, 40, 50, 60, 70, 80 } do other = insert(other, k) end
print(samefringe(root, other), samefringe(root, insert(other, 5)))
-- round robin scheduler with sleeping and messages
local tasks, out = {}, {} local function spawn(name, f) tasks[#tasks + 1] = { name = name, co = coroutine.create(f) } end
for id = 1, 3 do
  spawn("t" .. id,
    function() for step = 1, id do out[#out + 1] = id .. "." .. step coroutine.yield() end return "r" .. id end)
end
spawn("err", function() coroutine.yield() error("task failed", 0) end)
local round = 0
while #tasks > 0 do
  round = round + 1
  for i = #tasks, 1, -1 do
    local t = tasks[i] local ok, r = coroutine.resume(t.co)
    if not ok then out[#out + 1] = "!" .. r end
    if coroutine.status(t.co) == "dead" then
      if ok then out[#out + 1] = t.name .. "=" .. tostring(r) end
      table.remove(tasks, i)
    end
  end
end
print(round, table.concat(out, " "))
-- symmetric hand-over by a trampoline
local procs = {}
local function transfer(to, v) return coroutine.yield(to, v) end
procs.a = coroutine.create(function(v) for i = 1, 3 do v = transfer("b", v .. "a") end return nil, v end)
procs.b = coroutine.create(function(v) while true do v = transfer("a", v .. "b") end end)
local cur, val = "a", ""
repeat local ok, nxt, v = coroutine.resume(procs[cur], val) cur, val = nxt, v until cur == nil
print(val)
-- n queens and amb style search by yielding solutions
local function queens(n)
  return coroutine.wrap(function()
    local c, d1, d2, s = {}, {}, {}, {}
    local function place(r)
      if r > n then coroutine.yield(table.concat(s)) return end
      for x = 1, n do
        if not (c[x] or d1[r + x] or d2[r - x + n]) then
          c[x], d1[r + x], d2[r - x + n], s[r] = true, true, true, x
          place(r + 1) c[x], d1[r + x], d2[r - x + n] = nil, nil, nil
        end
      end
    end
    place(1)
  end)
end
local q, first = 0, nil for s in queens(6) do q = q + 1 first = first or s end print(q, first, list(queens(4)))
-- a sieve as a chain of coroutines, each inside the previous one
local function from(n)
  return coroutine.wrap(function() while true do coroutine.yield(n) n = n + 1 end end)
end
local function drop(p, src)
  return coroutine.wrap(function() while true do local v = src() if v % p ~= 0 then coroutine.yield(v) end end end)
end
local src, primes = from(2), {}
for i = 1, 25 do local p = src() primes[i] = p src = drop(p, src) end
print(table.concat(primes, " "))
-- generators with send, early stop, state kept in locals
local avg = coroutine.wrap(function()
  local s, n = 0, 0
  while true do local v = coroutine.yield(n > 0 and s / n or nil) s, n = s + v, n + 1 end
end)
avg() print(avg(10), avg(20), avg(60))
local lines = coroutine.wrap(function() for l in ("a\nb\n\nc"):gmatch("[^\n]*") do coroutine.yield(l) end end)
print(lines(), lines(), lines() == "", lines())
local function zip(a, b)
  return coroutine.wrap(function()
    while true do local x, y = a(), b() if x == nil or y == nil then return end coroutine.yield(x, y) end
  end)
end
for a, b in zip(producer(3), map(function(v) return v * 10 end, producer(5))) do io.write(a, ":", b, " ") end
print()
local fibs = coroutine.wrap(function() local a, b = 0, 1 while true do coroutine.yield(a) a, b = b, a + b end end)
local f = {} for i = 1, 20 do f[i] = fibs() end print(table.concat(f, " "))
local hanoi = coroutine.wrap(function()
  local function h(n, a, b, c)
    if n > 0 then h(n - 1, a, c, b) coroutine.yield(n .. a .. b) h(n - 1, c, b, a) end
  end
  h(3, "A", "B", "C")
end)
print(list(hanoi))
