-- The vararg expression: counts, nils, forwarding, adjusting.
local function count(...) return select("#", ...) end
print(count(), count(nil), count(nil, nil), count(1, nil, 3), count(nil, 2, nil), count(count()), count(table.unpack({}, 1, 10)))
local function f(a, b, ...) return a, b, count(...), ... end
print(f()) print(f(1)) print(f(1, 2)) print(f(1, 2, 3, nil, 5, nil))
local function sel(...) return (select(1, ...)), (select(2, ...)), (select(-1, ...)) end
print(sel("a", "b", "c"))
print(select(2, "a", "b", "c"), select(-2, "a", "b", "c"), select(4, "a", "b", "c"), select("#"))
print(pcall(select, 0, 1)) print(pcall(select, -2, 1)) print(pcall(select, "x"))
print(pcall(select)) print(pcall(select, 1.5, 1))
print(select("2", 1, "two"), select(2.0, 1, "two"))
local function fwd(...) return count(...), count((...)), count(..., "x"), count("x", ...), count(..., ...) end
print(fwd()) print(fwd(1)) print(fwd(nil, nil, nil))
local function tab(...)
  local t = { ... } local p = table.pack(...)
  return #p, p.n, t[1], t[2], t[3], #{ 0, ... }, #{ ..., 0 }, (#{ n = ..., 9 })
end
print(tab(1, 2, 3)) print(tab("x"))
local function loc(...)
  local a, b, c = ... local d, e = "d", ... local g = ... local h, i = (...)
  return a, b, c, d, e, g, h, i
end
print(loc(1, 2)) print(loc())
-- unused, rebound, nested
local function nest(...)
  local outer = count(...)
  local function inner(...) return outer, count(...), ... end
  return inner("in", ...)
end
print(nest(1, 2))
print((function(...) return ... end)(1, 2, 3), (function(...) return ... end)())
local function rec(n, ...) if n == 0 then return ... end return rec(n - 1, n, ...) end
print(rec(6)) print(rec(3, "tail"))
local function sum(...) local s = 0 for i = 1, select("#", ...) do s = s + (select(i, ...)) end return s end
print(sum(), sum(1, 2, 3), sum(table.unpack({ 1, 2, 3, 4, 5 }, 2, 4)))
local function map(g, ...) if select("#", ...) == 0 then return end return g((...)), map(g, select(2, ...)) end
print(map(function(x) return x * x end, 1, 2, 3, 4))
-- in expressions and conditions
local function expr(...) if ... then return "truthy", ... and 1, ... == 5, not ... end return "falsy", ... or "dflt" end
print(expr(5)) print(expr(nil, 1)) print(expr())
local function idx(...) local t = { 10, 20, 30 } return t[...], t[(...)], -(...), #tostring(...), ("x"):rep(...) end
print(idx(2))
-- assignment from ... with more and fewer targets
local function asg(...) local t = {} t.a, t.b, t[1] = ... t.c, t.d = "c", ... return t.a, t.b, t[1], t.c, t.d end
print(asg(1, 2)) print(asg(1, 2, 3, 4))
for i, v in (function(...) return ipairs({ ... }) end)("p", "q") do io.write(i, v, " ") end
for a, b in (function(...) return ... end)(next, { "only" }) do io.write(a, b, "\n") end
-- main chunk is a vararg function; functions without ... are not
print(select("#", ...), load("return select('#', ...), ...")(7, nil))
print(load("function f() return ... end", "=v"))
print(load("function f(...) return function() return ... end end", "=v"))
print(load("return function(..., a) end", "=v"))
print(load("return function(a, ..) end", "=v"))
print(load("local ... = 1", "=v"))
local big = {}
for i = 1, 250 do big[i] = i end
print(count(table.unpack(big)), (select(250, table.unpack(big))), sum(table.unpack(big)), #{ table.unpack(big) })
print(pcall(table.unpack, {}, 1, 1e8))
print(math.max(table.unpack(big)), string.char(table.unpack({ 72, 105 })), #string.char(table.unpack(big)))
