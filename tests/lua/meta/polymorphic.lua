-- One site seeing one, a few and very many object layouts.
local function getx(o) return o.x end
local function sum(list) local s = 0 for i = 1, #list do s = s + getx(list[i]) end return s end
local mono, poly, mega = {}, {}, {}
for i = 1, 200 do mono[i] = { x = i } end
for i = 1, 200 do
  local k = i % 4
  poly[i] = k == 0 and { x = i } or k == 1 and { y = 0, x = i } or k == 2 and { z = 0, y = 0, x = i } or { x = i,
    w = 0 }
end
for i = 1, 300 do local o = { ["f" .. i % 60] = 0 } o.x = i if i % 2 == 0 then o["g" .. i % 30] = 1 end mega[i] = o end
print(sum(mono), sum(poly), sum(mega), sum(mono), sum(poly))
-- shapes as classes with methods; virtual dispatch
local Shape = {} Shape.__index = Shape function Shape:area() return 0 end
function Shape:describe() return self.kind .. "=" .. string.format("%.1f", self:area()) end
local function class(kind, init, area)
  local c = setmetatable({ kind = kind }, Shape) c.__index = c c.area = area
  function c.new(...) local o = setmetatable({}, c) init(o, ...) return o end
  return c
end
local Rect = class("rect", function(o, w, h) o.w, o.h = w, h end, function(s) return s.w * s.h end)
local Circle = class("circle", function(o, r) o.r = r end, function(s) return 3 * s.r * s.r end)
local Tri = class("tri", function(o, b, h) o.h, o.b = h, b end, function(s) return s.b * s.h / 2 end)
local Point = class("point", function() end, nil)
local shapes, total = {}, 0
for i = 1, 100 do
  local k = i % 4
  shapes[i] = k == 0 and Rect.new(i, 2) or k == 1 and Circle.new(i) or k == 2 and Tri.new(i, i) or Point.new()
end
for r = 1, 5 do for _, s in ipairs(shapes) do total = total + s:area() end end
print(total, shapes[1]:describe(), shapes[2]:describe(), shapes[3]:describe(), shapes[4]:describe())
for _, s in ipairs(shapes) do if s.kind == "circle" then s.area = function() return 1 end end end
total = 0 for _, s in ipairs(shapes) do total = total + s:area() end print(total)
-- non-table receivers through the same site
local function get(o, k) return o[k] end
local recv = { { len = "field" }, "string", setmetatable({}, { __index = function(_, k) return "idx " .. k end }),
  setmetatable({}, { __index = { len = "meta" } }), setmetatable({}, { __index = string }), io.stdout }
local names = {}
for round = 1, 40 do
  for i, r in ipairs(recv) do
    local v = get(r, "len")
    names[i] = v == string.len and "string.len" or tostring(v)
  end
end
print(table.concat(names, " ")) print(pcall(get, 5, "len")) print(pcall(get, nil, "len")) print(pcall(get, true, "len"))
-- one site, constant key, alternating presence
local n = { 0, 0 }
for i = 1, 400 do
  local o = i % 2 == 0 and { v = true } or { w = true }
  if o.v then n[1] = n[1] + 1 else n[2] = n[2] + 1 end
end
print(n[1], n[2])
-- arrays versus records versus both behind one integer site
local function at(t, i) return t[i] end
local src = { { 10, 20, 30 }, { [1] = "h1", [3] = "h3" }, setmetatable({},
  { __index = function(_, i) return i * 2 end }), { n = 1 }, { [2.0] = "f2", x = 1 } }
local acc = {}
for r = 1, 30 do
  for i, t in ipairs(src) do acc[i] = tostring(at(t, 1)) .. tostring(at(t, 2)) .. tostring(at(t, 3)) end
end
print(table.concat(acc, " "))
-- the object is replaced by one with the fields in another order
local cur, hist = { a = 1, b = 2 }, 0
for i = 1, 300 do
  if i % 3 == 0 then
    cur = { b = cur.b, a = cur.a }
  elseif i % 3 == 1 then
    cur = { a = cur.a, c = 0, b = cur.b }
  else
    cur.a, cur.b = cur.b, cur.a + 1
  end
  hist = hist + cur.a * 2 + cur.b
end
print(hist, cur.a, cur.b)
-- binary trees with optional children
local function insert(t, k)
  if not t then return { k = k } end
  if k < t.k then t.l = insert(t.l, k) else t.r = insert(t.r, k) end
  return t
end
local root, x = nil, 7
for i = 1, 200 do x = x * 73 % 1009 root = insert(root, x) end
local out = {}
local function walk(t) if t then walk(t.l) out[#out + 1] = t.k walk(t.r) end end
walk(root) local asc = true
for i = 2, #out do asc = asc and out[i - 1] <= out[i] end
print(#out, asc, out[1], out[#out])
-- linked lists with tail insertion and removal in the middle
local head, tail
for i = 1, 300 do
  local nd = { v = i }
  if tail then tail.next = nd nd.prev = tail else head = nd end
  tail = nd
end
local nd = head
while nd do
  if nd.v % 3 == 0 then
    if nd.prev then nd.prev.next = nd.next else head = nd.next end
    if nd.next then nd.next.prev = nd.prev else tail = nd.prev end
  end
  nd = nd.next
end
local c, s = 0, 0 nd = head while nd do c, s = c + 1, s + nd.v nd = nd.next end print(c, s, tail.v, head.v)
-- a visitor over tagged nodes (interpreter style)
local E = { num = function(self, e) return e.v end,
  add = function(self, e) return self[e.a.t](self, e.a) + self[e.b.t](self, e.b) end,
  mul = function(self, e) return self[e.a.t](self, e.a) * self[e.b.t](self, e.b) end,
  neg = function(self, e) return -self[e.a.t](self, e.a) end }
local function num(v) return { t = "num", v = v } end local expr = num(1)
for i = 1, 20 do
  expr = { t = i % 2 == 0 and "add" or "mul", a = expr, b = { t = "neg", a = num(i % 3 + 1) } }
end
local res for i = 1, 20 do res = E[expr.t](E, expr) end print(res)
