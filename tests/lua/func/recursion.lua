-- Deep and mutual recursion that is not a tail call.
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
print(depth(10), depth(1000), depth(150000))
local function sum(n) if n == 0 then return 0 end local r = sum(n - 1) return r + n end
print(sum(50000))
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20))
local function ack(m, n)
  if m == 0 then
    return n + 1
  elseif n == 0 then
    return ack(m - 1, 1)
  else
    return ack(m - 1, ack(m, n - 1))
  end
end
print(ack(2, 9), ack(1, 100))
local function hanoi(n, a, b, c) if n == 0 then return 0 end return hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a) end
print(hanoi(10, "a", "b", "c"))
local female, male
function female(n) if n == 0 then return 1 end return n - male(female(n - 1)) end
function male(n) if n == 0 then return 0 end return n - female(male(n - 1)) end
local seq = {}
for i = 0, 12 do seq[#seq + 1] = female(i) .. "/" .. male(i) end
print(table.concat(seq, " "))
-- multiple results through recursion
local function divmod(a, b) if a < b then return 0, a end local q, r = divmod(a - b, b) return q + 1, r end
print(divmod(17, 5), divmod(10007, 10))
local function rev(h, ...)
  if select("#", ...) == 0 then return h end local t = { rev(...) } t[#t + 1] = h
  return table.unpack(t)
end
print(rev(1, 2, 3, 4, 5))
-- deep data
local list
for i = 1, 20000 do list = { next = list, v = i } end
local function len(l) if not l then return 0 end return 1 + len(l.next) end
local function total(l) return l and l.v + total(l.next) or 0 end
print(len(list), total(list))
local function tree(d) if d == 0 then return { v = 1 } end return { l = tree(d - 1), r = tree(d - 1), v = d } end
local function walk(t)
  if not t then return 0, 0 end local a, b = walk(t.l) local c, d = walk(t.r)
  return a + c + 1, b + d + t.v
end
print(walk(tree(9)))
-- Y combinator and anonymous recursion
local function Y(g) return (function(x) return x(x) end)(function(x) return g(function(...) return x(x)(...) end) end) end
print(Y(function(self) return function(n) return n <= 1 and 1 or n * self(n - 1) end end)(12))
-- recursion with pcall at each level, and through metamethods
local function pc(n) if n == 0 then return "bottom" end local ok, r = pcall(pc, n - 1) return r end
print(pc(150))
local mt = {}
mt.__index = function(t, k) if k == 0 then return "base" end return t[k - 1] end
print(setmetatable({}, mt)[100])
mt.__add = function(a, b) return b == 0 and 0 or 1 + (a + (b - 1)) end
print(setmetatable({}, mt) + 100)
-- recursion through table.sort, gsub and string building
local function perms(a, n, out)
  n = n or #a
  if n <= 1 then
    out[#out + 1] = table.concat(a)
  else
    for i = 1, n do a[n], a[i] = a[i], a[n] perms(a, n - 1, out) a[n], a[i] = a[i], a[n] end
  end
  return out
end
local p = perms({ "a", "b", "c", "d" }, nil, {})
table.sort(p)
print(#p, p[1], p[24])
local function expand(s, d) if d == 0 then return s end return (s:gsub("x", function() return expand("[x]", d - 1) end)) end
print(expand("x-x", 5))
local function flatten(t, out)
  out = out or {}
  for _, v in ipairs(t) do if type(v) == "table" then flatten(v, out) else out[#out + 1] = v end end
  return out
end
print(table.concat(flatten { 1, { 2, { 3, { 4 }, 5 }, {} }, { { 6 } } }, " "))
local function gcd(a, b) if b == 0 then return a end return gcd(b, a % b) end
print(gcd(1071, 462), gcd(2^40, 2^30), gcd(math.maxinteger, 7))
local function pow(b, e, m)
  if e == 0 then return 1 end local h = pow(b, e // 2, m) h = h * h % m
  if e % 2 == 1 then h = h * b % m end return h
end
print(pow(3, 100000, 1000000007))
