-- Tail calls do not grow the stack.
local function loop(n) if n == 0 then return "done" end return loop(n - 1) end
print(loop(200000))
local function acc(n, s) if n == 0 then return s end return acc(n - 1, s + n) end
print(acc(100000, 0))
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(100000), odd(100001))
local o = { n = 0 }
function o:step(k) self.n = self.n + 1 if k == 0 then return self.n end return self:step(k - 1) end
print(o:step(100000))
local function va(n, ...) if n == 0 then return select("#", ...), ... end return va(n - 1, ...) end
print(va(100000, "a", nil, "c"))
local function grow(n, ...) if n == 0 then return select("#", ...) end return grow(n - 1, n, ...) end
print(grow(150))
-- through and / or / parentheses it is not a tail call, but works
local function nt(n) if n == 0 then return 0 end return (nt(n - 1)) end
print(nt(1000))
local function orr(n) return n == 0 and "end" or orr(n - 1) end
print(orr(1000))
-- varying argument counts and frame sizes
local a, b, c
function a(n, x) if n == 0 then return "a", x end return b(n - 1, x, 1, 2, 3) end
function b(n, x, p, q, r) local t1, t2, t3, t4 = p, q, r, x if n == 0 then return "b", t1 + t2 + t3 + t4 end return c(n - 1) end
function c(n) if n == 0 then return "c" end return a(n - 1, n) end
print(a(99999)) print(a(99998)) print(a(99997, 5)) print(b(3000, 1, 2, 3, 4))
-- tail calls of builtins and callable tables
local function tb(...) return select(2, ...) end
print(tb("x", "y", "z"))
local function tp(f, ...) return pcall(f, ...) end
print(tp(error, "E", 0)) print(tp(tb, 1, 2))
local callable = setmetatable({}, { __call = function(self, n) if n == 0 then return "callable done" end return self(n - 1) end })
print(callable(50000))
local function ts(s) return s:upper() end
print(ts("up"))
local function tu() return table.unpack({ 1, 2, 3 }) end
print(tu())
local function tn() return (nil)() end
print(pcall(tn))
local function te() return error("from tail", 2) end
print(pcall(te) == false)
-- state machine
local S = {}
function S.start(str, i, n)
  if i > #str then return n end
  if str:sub(i, i) == "a" then return S.a(str, i + 1, n) end
  return S.start(str, i + 1, n)
end
function S.a(str, i, n)
  if i > #str then return n end
  if str:sub(i, i) == "b" then return S.start(str, i + 1, n + 1) end
  return S.start(str, i, n)
end
print(S.start(("abxabaab"):rep(500), 1, 0))
-- closures created on the way keep their variables
local fs = {}
local function mk(n)
  local v = n * 2 fs[#fs + 1] = function() v = v + 1 return v end if n == 0 then return #fs end
  return mk(n - 1)
end
print(mk(5), fs[1](), fs[1](), fs[6](), fs[3]())
-- continuation passing
local function cps(n, k) if n == 0 then return k(1) end return cps(n - 1, function(r) return k(r * n) end) end
print(cps(15, function(r) return r end))
-- a tail call inside a coroutine
print(coroutine.wrap(function()
  local function l(n) if n == 0 then return coroutine.yield("y") end return l(n - 1) end
  return l(10000)
end)())
