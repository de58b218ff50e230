-- Short-lived locals reuse storage: nothing of the previous owner may show through.
local out = {}
for i = 1, 3 do
  do local a, b, c = i, i * 2, i * 3 out[#out + 1] = a + b + c end
  do local d, e, f out[#out + 1] = tostring(d) .. tostring(e) .. tostring(f) d, e, f = 1, 2, 3 end
end
print(table.concat(out, " "))
local function mixed(n)
  local r = {}
  if n > 0 then local x = n r[#r + 1] = x else local y r[#r + 1] = tostring(y) end
  do local x r[#r + 1] = tostring(x) end
  for k = 1, 2 do local z if k == 1 then z = k end r[#r + 1] = tostring(z) end
  local function inner() local q return q end
  r[#r + 1] = tostring(inner())
  return table.concat(r, ",")
end
print(mixed(1), mixed(0))
-- a captured block local survives while its place is reused
local getters = {}
for i = 1, 3 do
  do local x = "x" .. i getters[#getters + 1] = function() return x end end
  do local y = "y" .. i getters[#getters + 1] = function(v) if v then y = v end return y end end
  do local z = "z" .. i z = z .. z end
end
getters[2]("changed")
for _, g in ipairs(getters) do io.write(g(), " ") end
print()
-- calls do not disturb locals below, whatever they leave behind
local function noisy(...) local a, b, c, d, e, f, g, h = ..., 2, 3, 4, 5, 6, 7, 8 return a end
local p, q = "p", "q"
noisy(1) noisy(1, 2, 3)
local s
noisy(9)
local u, w = noisy()
print(p, q, s, u, w)
-- missing arguments are nil even after calls with many
local function three(a, b, c) local d return a, b, c, d end
three(1, 2, 3) three("x", "y", "z")
print(three()) print(three(1)) print((three(nil, 2)))
local function opt(a, ...) local first, second = ... return a, first, second end
opt(1, 2, 3) opt(4, 5, 6)
print(opt(), opt(1)) print(opt(1, 2))
-- temporaries of a long expression versus locals declared after it
local function expr(a) local r1 = (a + 1) * (a + 2) - (a + 3) * ((a + 4) - (a + 5)) local l local m = l return r1, l, m end
print(expr(1)) print(expr(10))
-- parallel moves
local a, b, c, d = 1, 2, 3, 4
a, b, c, d = d, a, b, c print(a, b, c, d)
a, b = b, a c, d = d, c print(a, b, c, d)
a, b, c = a + b, a - b, a * b print(a, b, c)
a = { a, b, c } b = #a a, b = b, a print(a, b[1], b[2], b[3])
local x, y, z = 1, 2, 3
x, y, z = (function() x, y, z = 10, 20, 30 return x, y, z end)(), y, z print(x, y, z)
x, y = y, (function() x = "inner" return x end)() print(x, y)
-- loops whose hidden state sits next to user locals
for i = 1, 2 do local i2 = i for j = i, i2 + 1 do local k = i2 * j i2 = i2 + 0 io.write(i, j, k, " ") end end
for k, v in pairs { "a", "b" } do local k2, v2 = k, v k2, v2 = nil, nil io.write(k, v, " ") end
print()
local t = {}
for i = 1, 4 do local v if i % 2 == 0 then v = i end t[i] = v or "none" end
print(table.concat(t, " "))
-- goto back over a declaration makes it nil again
do
  local n = 0
  ::again::
  local fresh
  io.write(tostring(fresh), " ")
  fresh = n
  n = n + 1
  if n < 3 then goto again end
end
print()
-- nested function calls as arguments keep their partial results
local function add(m, n) return m + n end
print(add(add(1, add(2, 3)), add(add(4, 5), add(6, add(7, 8)))), add(1, (add(2, 3))), (add(1, 2)))
local function many() return 1, 2, 3, 4, 5 end
print(add(many()), add(10, many()), select("#", many(), many(), many()), (select(3, many())))
-- a method call on a temporary with arguments that are calls
local obj = { v = 5, m = function(self, k, l) return self.v + k + (l or 0) end }
print(obj:m(obj:m(1), obj:m(2, obj:m(3))), ({ v = 1, m = obj.m }):m(2))
