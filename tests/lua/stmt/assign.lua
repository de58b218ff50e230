-- Multiple assignment, swaps and targets that depend on each other.
local a, b, c = 1, 2
print(a, b, c)
a, b = b, a
print(a, b)
a, b, c = b, a
print(a, b, c)
a, b, c = 1, 2, 3, 4
print(a, b, c)
local t = { 1, 2, 3 }
t[1], t[2], t[3] = t[3], t[1], t[2]
print(t[1], t[2], t[3])
local i = 1
i, t[i] = i + 1, 20
print(i, t[1], t[2])
i, t[i], t[i + 1] = 3, "p", "q"
print(i, t[1], t[2], t[3])
do
  local x = { y = 1 }
  x, x.y = { y = "new" }, "old changed"
  print(x.y)
  local o = { n = 1 }
  local keep = o
  o.n, o = 2, nil
  print(keep.n, o)
  local p = { f = "f" }
  local q = p
  p.f, p.g, p = p, p.f, 7
  print(q.f == q, q.g, p)
end
-- a local that is both target and index base
local k, arr = 1, {}
arr[k], k = "one", 2
arr[k], k, arr[k + 1] = "two", 3, "three"
print(arr[1], arr[2], arr[3], k)
-- upvalues and globals as targets
local up = 1
local function setup() up, G1, t.x = "u", "g", "f" return up, G1, t.x end
print(setup())
print(up, G1, t.x)
G1, up = up, G1
print(up, G1)
-- duplicates: the value of a repeated target is unspecified, but it is one of the two
local d
d, d = 1, 2
print(d == 1 or d == 2)
-- extra calls are evaluated, missing values are nil
local function two() return "x", "y" end
local e, f, g = two()
print(e, f, g)
e, f, g = two(), two()
print(e, f, g)
e, f, g = (two())
print(e, f, g)
t.a, t.b = two()
t[1], t[2], t[3], t[4] = 0, two()
print(t.a, t.b, t[1], t[2], t[3], t[4])
local mt = setmetatable({},
  { __newindex = function(s, key, v) io.write("set ", tostring(key), "=", tostring(v), " ") rawset(s, key, v) end })
mt.q = 1
mt.q = 2
mt.r, mt.s = 3, 4
print(mt.q + mt.r + mt.s)
-- compound targets with calls
local calls = 0
local function get() calls = calls + 1 return t end
get()[get()[4] or 1], get().z = get().a, "z"
print(calls, t.y, t.z, t[1])
local s1, s2, s3, s4, s5 = (function() return 1, 2, 3, 4, 5 end)()
s1, s2, s3, s4, s5 = s5, s4, s3, s2, s1
print(s1, s2, s3, s4, s5)
-- fibonacci by parallel assignment
local x, y = 0, 1
for _ = 1, 90 do x, y = y, x + y end
print(x, y)
