-- coroutine.wrap as iterator of the generic for, with break, nesting, errors and state.
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end end) end
for i, sq in gen(4) do io.write(i, ":", sq, " ") end
print()
for i in gen(0) do print("never", i) end
local g = gen(5)
for i in g do if i == 2 then break end end
for i in g do io.write(i, " ") end
print(pcall(g))
for a in gen(2) do for b in gen(2) do for c in gen(2) do io.write(a, b, c, " ") end end end
print()
-- state and control arguments reach the coroutine
local function echo()
  return coroutine.wrap(function(s, c)
    while true do
      local ns, nc = coroutine.yield(c and c + 1 or 1, s) s, c = ns, nc
      if c >= 3 then return nil end
    end
  end)
end
for c, s in echo(), "state" do io.write(c, tostring(s), " ") end
print()
-- errors from the generator surface in the loop
print(pcall(function()
  for i in coroutine.wrap(function() coroutine.yield(1) error("gen broke", 0) end) do io.write(i, " ") end
end))
print(pcall(function()
  for i in coroutine.wrap(function() coroutine.yield(1) local x = nil; x.y = 1 end) do io.write(i, " ") end
end))
-- generators over strings, tables and trees
local function chars(s) return coroutine.wrap(function() for c in s:gmatch(".") do coroutine.yield(c) end end) end
local r = {}
for c in chars("hello") do r[#r + 1] = c:upper() end
print(table.concat(r))
local function leaves(t)
  return coroutine.wrap(function()
    local function go(x)
      if type(x) == "table" then for _, y in ipairs(x) do go(y) end else coroutine.yield(x) end
    end
    go(t)
  end)
end
for v in leaves { 1, { 2, { 3, { 4 } }, 5 }, {}, { { 6 } } } do io.write(v, " ") end
print()
local function bfs(graph, start)
  return coroutine.wrap(function()
    local queue, seen = { start }, { [start] = true }
    while #queue > 0 do
      local n = table.remove(queue, 1)
      coroutine.yield(n)
      for _, m in ipairs(graph[n] or {}) do if not seen[m] then seen[m] = true queue[#queue + 1] = m end end
    end
  end)
end
for n in bfs({ a = { "b", "c" }, b = { "d" }, c = { "d", "e" }, d = { "a" } }, "a") do io.write(n, " ") end
print()
-- combinations and cartesian products with shared buffers
local function combos(n, k)
  return coroutine.wrap(function()
    local c = {}
    local function go(from, depth)
      if depth > k then coroutine.yield(table.concat(c, "", 1, k)) return end
      for i = from, n do c[depth] = i go(i + 1, depth + 1) end
    end
    go(1, 1)
  end)
end
r = {}
for c in combos(5, 3) do r[#r + 1] = c end
print(#r, table.concat(r, " "))
-- a generator that owns resources closes them when exhausted
local log = {}
local function guarded(n)
  return coroutine.wrap(function()
    local res <close> = setmetatable({}, { __close = function() log[#log + 1] = "released" end })
    for i = 1, n do coroutine.yield(i) end
  end)
end
for i in guarded(2) do log[#log + 1] = i end
print(table.concat(log, " "))
-- peeking, merging sorted streams, chunking
local function merge(a, b)
  return coroutine.wrap(function()
    local x, y = a(), b()
    while x or y do
      if not y or (x and x <= y) then coroutine.yield(x) x = a() else coroutine.yield(y) y = b() end
    end
  end)
end
local function stream(...)
  local t = { ... }
  return coroutine.wrap(function() for _, v in ipairs(t) do coroutine.yield(v) end return nil end)
end
r = {}
for v in merge(stream(1, 4, 7, 9), merge(stream(2, 3, 8), stream(0, 5, 6))) do r[#r + 1] = v end
print(table.concat(r, " "))
local function chunks(src, n)
  return coroutine.wrap(function()
    local buf = {}
    for v in src do
      buf[#buf + 1] = v
      if #buf == n then coroutine.yield(table.concat(buf, "+")) buf = {} end
    end
    if #buf > 0 then coroutine.yield(table.concat(buf, "+")) end
  end)
end
for c in chunks(gen(7), 3) do io.write(c, " | ") end
print()
-- a hot loop over a generator, with upvalues changing on both sides
local bonus, total = 0, 0
for i in coroutine.wrap(function() for i = 1, 3000 do coroutine.yield(i + bonus) end end) do
  total = total + i if i % 100 == 0 then bonus = bonus + 1 end
end
print(total, bonus)
-- the iterator is an ordinary function: stored, passed, called by hand
local it = gen(3)
local function call(f, ...) return f(...) end
print(it(), call(it), (it()), select("#", it()))
print(type(it), pcall(it))
