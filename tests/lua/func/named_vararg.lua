-- The vararg parameter may have a name: a read-only local holding a table with 'n'.
local function f(...t) return t.n, t[1], t[2], t[t.n] end
print(f()) print(f(1)) print(f(1, 2, 3)) print(f(nil, nil)) print(f(nil, 2, nil))
local function g(a, b, ...rest) return a, b, rest.n, rest[1], select("#", ...), ... end
print(g()) print(g(1, 2, 3, 4)) print(g(1, nil, nil))
local function keys(...t) return type(t), t.n, t["n"], t.x, t[0], t[-1], t[1.0], t["1"], t[true], t[t.n + 1] end
print(keys("a", "b"))
-- indexing with variables and loops
local function sum(...v) local s = 0 for i = 1, v.n do s = s + (v[i] or 0) end return s end
print(sum(1, 2, nil, 4), sum(), sum(table.unpack({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })))
-- modification of the table is seen by '...'
local function mod(...t) t[1] = "changed" return ... end
print(mod(1, 2, 3))
local function grow(...t) t[t.n + 1] = "extra" t.n = t.n + 1 return select("#", ...), ... end
print(grow()) print(grow("a", "b"))
local function shrink(...t) t.n = 1 return ... end
print(shrink("a", "b", "c"))
local function clear(...t) t.n = 0 return ... end
print(select("#", clear(1, 2)))
local function badn(v) return function(...t) t.n = v return ... end end
print(pcall(badn("x"), 1)) print(pcall(badn(nil), 1)) print(pcall(badn(-1), 1))
print(pcall(badn(1.5), 1)) print(pcall(badn(2.0), 1, 2, 3)) print(pcall(badn(1 << 40), 1))
-- the table escaping
local function esc(...t) return t end
local t1, t2 = esc(1, nil, 3), esc(1, nil, 3)
print(t1 ~= t2, t1.n, t1[1], t1[2], t1[3], getmetatable(t1))
local ks = {}
for k, v in pairs(esc("x", "y")) do ks[#ks + 1] = tostring(k) .. "=" .. tostring(v) end
table.sort(ks)
print(table.concat(ks, " "))
local function up(...t) return function(i, v) if v then t[i] = v end return t[i], t.n end end
local u = up("a", "b")
print(u(1)) print(u(2, "B")) print(u(2)) print(u(3))
local function upmod(...t) local function chg() t[1] = "by closure" end chg() return ..., t.n end
print(upmod("orig", 2))
local function pass(...t) return select("#", table.unpack(t, 1, t.n)), table.concat(t, ","), #t, next(t) ~= nil, rawlen(t) end
print(pass("p", "q", "r"))
local function meth(...t) t.x = 5 t[t.n] = t[t.n] .. "!" return t.x, ... end
print(meth("m", "n"))
local function alias(...t) local a = t a[1] = "alias" return ..., t[1], a == t end
print(alias("first"))
local function tailpass(...t) return g(...) end
print(tailpass(1, 2, 3))
local obj = {}
function obj:m(...args) return self == obj, args.n, args[1] end
print(obj:m("z")) print(obj.m(1))
local function nested(...a) local function inner(...b) return a.n, b.n, a[1], b[1] end return inner("in", 2, 3) end
print(nested("out"))
local function co(...t) coroutine.yield(t.n) t[1] = "after" coroutine.yield(...) return t[2] end
local c = coroutine.wrap(co)
print(c("a", "b")) print(c()) print(c())
-- the name is constant
print(load("local function f(...t) t = 1 end", "=n"))
print(load("local function f(...t) local function g() t = nil end end", "=n"))
print(load("local function f(a, ...a) return a end return type(f(1, 2))", "=n")())
print(load("local function f(...t, b) end", "=n"))
print(load("local function f(... t) return t.n end return f(1, 2)", "=n")())
print(load("local function f(...t) local t = t.n; t = t + 1 return t end return f(1, 2)", "=n")())
print(load("return function(...n) return n.n, n end", "=n")()(8) == 1)
