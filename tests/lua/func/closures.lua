-- Higher-order functions and functions as values.
local function map(t, f) local r = {} for i, v in ipairs(t) do r[i] = f(v, i) end return r end
local function filter(t, p) local r = {} for _, v in ipairs(t) do if p(v) then r[#r + 1] = v end end return r end
local function fold(t, f, a) for _, v in ipairs(t) do a = f(a, v) end return a end
local function range(a, b, s) local r = {} for i = a, b, s or 1 do r[#r + 1] = i end return r end
local function compose(...)
  local fs = table.pack(...)
  return function(...)
    local r = table.pack(...)
    for i = fs.n, 1, -1 do r = table.pack(fs[i](table.unpack(r, 1, r.n))) end
    return table.unpack(r, 1, r.n)
  end
end
local function curry(f, n)
  n = n or 2
  local function step(args, left)
    if left == 0 then return f(table.unpack(args, 1, n)) end
    return function(x)
      local copy = { table.unpack(args, 1, n - left) } copy[n - left + 1] = x
      return step(copy, left - 1)
    end
  end
  return step({}, n)
end
print(table.concat(map(range(1, 5), function(x) return x * x end), " "))
print(table.concat(filter(range(1, 20), function(x) return x % 3 == 0 end), " "))
print(fold(range(1, 100), function(a, b) return a + b end, 0), fold({ "a", "b", "c" }, function(a, b) return b .. a end, ""))
print(compose(function(a, b) return a + b end, function(x) return x, x * 2 end)(5))
print(curry(function(a, b, c) return a .. b .. c end, 3)("x")("y")("z"))
local add = curry(function(a, b) return a + b end)
local inc, dec = add(1), add(-1)
print(inc(5), dec(5), inc(dec(0)))
local function partial(f, ...)
  local a = table.pack(...)
  return function(...)
    local b = table.pack(...) local r = { table.unpack(a, 1, a.n) }
    for i = 1, b.n do r[a.n + i] = b[i] end return f(table.unpack(r, 1, a.n + b.n))
  end
end
print(partial(string.format, "%s-%s-%s", "a")("b", "c"), partial(math.max, 5)(3, 9))
local function memoize(f)
  local c, hits = {}, 0
  return function(x) if c[x] ~= nil then hits = hits + 1 return c[x], hits end local v = f(x) c[x] = v return v, hits end
end
local sq = memoize(function(x) return x * x end)
print(sq(4)) print(sq(4)) print(sq(5)) print(sq(4))
-- function identity
local function mk() return function() return 1 end end
local f1, f2 = mk(), mk()
print(f1 == f1, f1 ~= f2, f1() == f2())
local t = { [f1] = "one", [f2] = "two" }
print(t[f1], t[f2], t[mk()])
-- generators and lazy streams
local function naturals() local n = 0 return function() n = n + 1 return n end end
local function take(n, g) local r = {} for i = 1, n do r[i] = g() end return r end
local function sieve(g) local p = g() return p, function() local x repeat x = g() until x % p ~= 0 return x end end
local g = naturals() g()
local primes = {}
for i = 1, 10 do primes[i], g = sieve(g) end
print(table.concat(primes, " "))
print(table.concat(take(5, naturals()), ","))
-- immediately invoked, self-passing, returning several closures
print((function(a, ...) return a, select("#", ...) end)(1, 2, 3))
print((function(f) return f(f, 5) end)(function(self, n) return n == 0 and 0 or n + self(self, n - 1) end))
local function account(balance)
  local log = {}
  local A = {}
  function A.deposit(x) balance = balance + x log[#log + 1] = "+" .. x return A end
  function A.withdraw(x)
    if x > balance then error("insufficient", 0) end balance = balance - x log[#log + 1] = "-" .. x
    return A
  end
  function A.report() return balance, table.concat(log, " ") end
  return A
end
local acc = account(100)
print(acc.deposit(50).withdraw(30).report())
print(pcall(acc.withdraw, 1000)) print(acc.report())
-- church numerals
local function church(n) return function(f) return function(x) for _ = 1, n do x = f(x) end return x end end end
local function plus(a, b) return function(f) return function(x) return a(f)(b(f)(x)) end end end
local function times(a, b) return function(f) return a(b(f)) end end
local function toint(c) return c(function(x) return x + 1 end)(0) end
print(toint(church(3)), toint(plus(church(3), church(4))), toint(times(church(6), church(7))))
-- a loop of closures over distinct and shared state
local shared = 0
local fns = map(range(1, 4), function(v) return function() shared = shared + v return shared end end)
print(table.concat(map(fns, function(f) return f() end), " "), shared)
