-- Shared and independent upvalues, several levels up, after the owner returned.
local function counter(start)
  local c = start or 0
  return function(d) c = c + (d or 1) return c end, function() return c end, function(v) c = v end
end
local inc, get, set = counter(5)
local inc2, get2 = counter()
print(inc(), inc(10), get(), inc2(), get2(), get())
set("text")
print(get(), pcall(inc))
-- through several function levels
local function l1(a)
  return function(b)
    return function(c)
      return function(d) a = a + 1 b = b + a c = c + b return a, b, c, d end
    end
  end
end
local f = l1(1)(2)(3)
print(f("x"))
print(f("y"))
local mid = l1(100)
local p, q = mid(1)(1), mid(2)(2)
print(p(0)) print(q(0)) print(p(0))
-- open upvalues: writes by the owner are seen and the reverse
local function open()
  local v, log = 1, {}
  local function setv(x) v = x end
  local function getv() return v end
  v = 2 log[1] = getv()
  setv(3) log[2] = v
  v = v + 1 log[3] = getv()
  do local v = "shadow" setv(10) log[4] = v .. getv() end
  return table.concat(log, " "), setv, getv
end
local s, sv, gv = open()
print(s, gv()) sv("closed") print(gv())
-- parameters and varargs as upvalues
local function par(a, ...)
  local rest = { ... }
  return function(x) a = a .. x return a .. #rest .. tostring(rest[1]) end
end
local g = par("p", "r1", "r2")
print(g("1"), g("2"))
-- mutual recursion through upvalues
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(50), odd(50))
-- an upvalue captured in both branches
local function branch(c)
  local v = "base"
  local r
  if c then r = function() v = v .. "+t" return v end else r = function() v = v .. "+f" return v end end
  v = v .. "!"
  return r
end
print(branch(true)(), branch(false)())
-- many upvalues in one closure
local decl, use = {}, {}
for i = 1, 190 do decl[i] = "u" .. i use[i] = "u" .. i end
local src = "local " .. table.concat(decl, ",") .. " = "
  .. table.concat((function() local t = {} for i = 1, 190 do t[i] = i end return t end)(), ",")
  .. "\nreturn function() u1 = u1 + 1 return " .. table.concat(use, "+") .. " end"
local big = load(src)()
print(big(), big())
-- swap and multiple assignment on upvalues
local a, b = 1, 2
local function swap() a, b = b, a return a, b end
print(swap()) print(swap()) print(a, b)
-- memoise with an upvalue table
local memo = {}
local function fib(n)
  if n < 2 then return n end local m = memo[n]
  if not m then m = fib(n - 1) + fib(n - 2) memo[n] = m end
  return m
end
print(fib(80))
-- upvalues in coroutines
local co = coroutine.wrap(function() local n = 0 local function up() n = n + 1 return n end while true do coroutine.yield(up, n) end end)
local up = co()
up() up()
print(select(2, co()), up(), select(2, co()))
