-- Result adjusting for calls in every context, run repeatedly so that call sites are reused.
local function n0() end
local function n1() return 1 end
local function n3() return 1, 2, 3 end
local fs = { n0, n1, n3, function(...) return ... end, select,
  coroutine.wrap(function() while true do coroutine.yield(7, 8) end end) }
local args = { {}, {}, {}, { 4, 5 }, { "#" }, {} }
local function ctx(f, ...)
  local r = {}
  local function add(v) r[#r + 1] = tostring(v) end
  local a = f(...) add(a)
  local b, c = f(...) add(b) add(c)
  local d, e, g, h = f(...) add(d) add(e) add(g) add(h)
  local t = { f(...) } add(#t)
  local u = { 0, f(...) } add(#u)
  local v = { (f(...)) } add(#v)
  local w = { f(...), "end" } add(w[2])
  add(select("#", f(...))) add(select("#", (f(...)))) add(select("#", f(...), f(...)))
  add((f(...)) == a) add(f(...) == a) add(not f(...)) add(f(...) and "T" or "F")
  f(...)
  t.x, t.y = f(...) add(t.x) add(t.y)
  local s = tostring((f(...))) .. tostring((f(...))) add(s)
  return table.concat(r, " ")
end
for i, f in ipairs(fs) do print(i, ctx(f, table.unpack(args[i]))) end
local first = ctx(n3)
local same = true
for i = 1, 150 do same = same and ctx(n3) == first and ctx(n1) ~= first end
print(same)
-- a single call site returning a different count each time
local function vary(k)
  if k == 0 then
    return
  elseif k == 1 then
    return "a"
  elseif k == 2 then
    return "a", "b"
  else
    return "a", "b", "c", k
  end
end
local out = {}
for i = 0, 7 do
  local x, y, z = vary(i % 4)
  out[#out + 1] = tostring(x) .. tostring(y) .. tostring(z) .. select("#", vary(i % 4))
end
print(table.concat(out, " "))
local total = 0
for i = 1, 400 do total = total + select("#", vary(i % 4), vary((i + 1) % 4)) + #{ vary(i % 3) } end
print(total)
-- stale values must not appear as results
local function leave() local a, b, c, d = "x", "y", "z", "w" return end
local function leave1() local a, b, c, d = "x", "y", "z", "w" return a end
for i = 1, 3 do
  local p, q, r = leave() local s, t, u = leave1()
  io.write(tostring(p), tostring(q), tostring(r), s, tostring(t), tostring(u), " ")
end
print()
local function opt(a, b, c) return a, b, c end
for i = 1, 3 do
  local p, q, r = opt(i) io.write(p, tostring(q), tostring(r), " ") p, q, r = opt(i, i)
  io.write(p, q, tostring(r), " ")
end
print()
-- return of a call with fixed results before it
local function wrap(f, ...) return "w", f(...) end
print(wrap(n0)) print(wrap(n3)) print(wrap(wrap, n3)) print((wrap(n3)))
-- results flowing through pcall, coroutine and metamethods
local mt = setmetatable({}, { __index = function() return 1, 2 end, __call = function() return 1, 2, 3 end,
  __add = function() return "s1", "s2" end, __len = function() return 5, 6 end, __eq = function() return 1, 2 end,
  __concat = function() return "c", "d" end, __unm = function() return "u", "v" end })
print(mt.x, mt()) print(mt()) print(mt + 1, #mt, -mt, mt .. "") print(({ mt.x, mt() })[4] == 3)
