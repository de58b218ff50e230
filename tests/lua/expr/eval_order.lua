-- Order in which operands, arguments and constructor items are evaluated.
local log = {}
local function v(n, x) log[#log + 1] = n return x == nil and n or x end
local function flush(...) local l = log log = {} print(table.concat(l, " "), ...) end
local r = v(1) + v(2) * v(3); flush(r)
r = v(1) .. v(2) .. v(3); flush(r)
r = v(2) ^ v(3) ^ v(1); flush(r)
r = (v(1) < v(2)) == (v(4) > v(3)); flush(r)
r = v(1) <= v(2); flush(r)
r = v(1) >= v(2); flush(r)
local function f(...) return select("#", ...) end
r = f(v(1), v(2), f(v(3), v(4)), v(5)); flush(r)
local t = { v(1), x = v(2), [v(3)] = v(4), v(5), v(6) }; flush(t[1], t.x, t[3], t[2])
t = { [v("k")] = v("val"), [v("k2")] = { v("inner") } }; flush(t.k, t.k2[1])
local obj = { m = function(self, ...) return ... end }
r = (v("o", obj)):m(v("a"), v("b")); flush(r)
r = (v("f", f))(v("x"), v("y")); flush(r)
local u = {}
v("t", u)[v("key")] = v("rhs"); flush(u.key)
v("t1", u)[v("k1")], v("t2", u)[v("k2")] = v("r1"), v("r2"); flush(u.k1, u.k2)
-- right sides are all computed before any assignment
local a, b, c = 1, 2, 3
a, b, c = c, a, b
flush(a, b, c)
local i, arr = 1, { 10, 20, 30 }
i, arr[i] = i + 1, "changed"; flush(i, arr[1], arr[2])
i, arr[i], arr[i + 1] = 3, "x", "y"; flush(i, arr[1], arr[2], arr[3])
-- a local read as an operand keeps its register: later writes by calls
local x = 1
local function bump() x = x + 10 return x end
print(x + bump(), x)
print(bump() + x, x)
x = 1
local tt = { x, bump(), x }
print(tt[1], tt[2], tt[3])
x = 1
print(x, bump(), x)
x = 1
print((x + 0) + bump(), x .. bump(), x < bump(), x)
-- metamethod calls in order
local mt = {}
mt.__add = function(p, q) log[#log + 1] = p.n .. "+" .. q.n return setmetatable({ n = "(" .. p.n .. q.n .. ")" }, mt) end
mt.__mul = function(p, q) log[#log + 1] = p.n .. "*" .. q.n return setmetatable({ n = "[" .. p.n .. q.n .. "]" }, mt) end
local function o(n) return setmetatable({ n = n }, mt) end
r = o "a" + o "b" * o "c" + o "d" * o "e"; flush(r.n)
-- index base is evaluated once
local n = 0
local function get() n = n + 1 return u end
get().cnt = (get().cnt or 0) + 1
print(n, u.cnt)
-- return list and conditions
local function ret() return v(1), v(2), v(3) end
flush(ret())
if v("c1", false) then elseif v("c2") then v("body") else v("else") end
flush()
for k = v("start", 1), v("limit", 2), v("step", 1) do v("it" .. k) end
flush()
