-- Comparisons and logic used as values in every place a value may go.
local a, b, c, n, t, f = 1, 2, 3, nil, true, false
local v1, v2, v3, v4 = a < b, a > b, a == 1, a ~= 1
print(v1, v2, v3, v4)
local r = { a < b, b < a, a <= 1, not (a < b), not t, not n, a == b, "x" == "x", n == nil, f == false }
for i = 1, #r do io.write(tostring(r[i]), " ") end
print()
local function id(...) return ... end
print(id(a < b, a > b), (id(a == a)), id(not n, not 0))
local o = { lt = a < b, [a < b] = "key true", [a > b] = "key false" }
print(o.lt, o[true], o[false])
print(tostring(a < b) .. tostring(a > b), (a < b) == true, (a < b) == (b < c), (a < b) ~= (b < a))
local x = a < b and "yes" or "no"
local y = a > b and "yes" or "no"
local z = not (a > b) and (b < c and "both" or "one") or "none"
print(x, y, z)
-- assigned over one of the operands
a = a < b print(a)
a = 1 b = a == b print(b)
b = 2
a, b = a < b, b < a print(a, b)
a, b = 1, 2
-- values kept through and / or mixes
print(a and b < c, n and a < b, a < b and n, a > b and 1, a > b or 1, n or a < b, f or a > b, (a < b) and (b < c),
  (a < b) and not (b < c))
print(not a == b, not (a == b), not not (a == b), a == b == f, a < b == t, n == f)
-- returned, passed on, stored in upvalues
local function less(p, q) return p < q end
local function between(p, lo, hi) return lo <= p and p <= hi end
local function cmp(p, q) return p < q and -1 or p > q and 1 or 0 end
print(less(1, 2), less("b", "a"), between(5, 1, 9), between(0, 1, 9), cmp(1, 2), cmp(2, 1), cmp(2, 2), cmp("a", "b"))
local flag
local function set(p) flag = p ~= nil return flag end
print(set(1), set(nil), flag)
-- in loop conditions with side values
local i, log = 0, {}
while i < 3 and (log[#log + 1] ~= 0) do i = i + 1 log[#log + 1] = i == 2 end
for k = 1, #log do io.write(tostring(log[k]), " ") end
repeat local done = i <= 0 i = i - 1 until done
print(i)
-- truth tables with variables
for _, p in ipairs { 0, 1 } do
  for _, q in ipairs { 0, 1 } do
    local P, Q = p == 1, q == 1
    print(P and Q, P or Q, P ~= Q, not (P and Q), not (P or Q), (P and not Q) or (not P and Q), not P or Q, P == Q)
  end
end
-- comparison with each constant kind, both orders, negated
local vals = { 5, 5.0, -5, 2.5, "5", true, false }
for _, v in ipairs(vals) do
  print(tostring(v), v == 5, 5 == v, v ~= 5, v == 5.0, v == "5", v == true, v == false, v == nil, not (v == 5), v == -5, v == 2.5)
end
local nums = { 5, 5.0, 4.99, -5, 1e300, -1e300, 0 / 0, math.huge }
for _, v in ipairs(nums) do
  print(v ~= v and "nan" or v, v < 5, v <= 5, v > 5, v >= 5, 5 < v, 5 <= v, 5 > v, 5 >= v, not (v < 5), not (v >= 5),
    v < 4.995, v >= -5)
end
-- conditional expressions choosing calls
local function one() return "one", "extra" end
local function two() return "two" end
print((a < b and one or two)(), (a > b and one or two)(), a < b and one(), a > b and one() or two())
