-- Call syntax and the kinds of callee.
local function id(...) return ... end
print(id "s", id 's', id [[s]], id { 1 }[1], id({ 2 })[1], (id)(3), ((id))(4), id(id)(5), id(id(id))(6))
local t = { f = id, g = { h = id }, [1] = id, ["a b"] = id }
print(t.f(1), t.g.h(2), t[1](3), t["a b"](4), t["f"](5), (t.f)(6), (t).f(7))
print((function(x) return x end)(8), (function() return id end)()(9), ({ id })[1](10))
-- method calls pass self
local o = { v = "V" }
function o.plain(...) return select("#", ...), ... end
function o:meth(a, b) return self.v, a, b end
print(o.plain(1), select(2, o:plain()) == o, (o:plain(1, 2)))
print(o:meth(1, 2)) print(o.meth(o, 1)) print(o.meth({ v = "other" }, 9)) print(o:meth "str")
print(#o:meth {}) print(select("#", o:meth {}))
-- calling non-functions
local function try(s) print(s, select(2, pcall(load(s, "=c")))) end
try "return (1)()" try "return ('s')()" try "return ({})()" try "return (nil)()"
try "return (true)()" try "local x = 5 return x()" try "return nofn()" try "return string.nofn()"
try "local t = {} return t.a.b()" try "local t = {} t:m()" try "local t = {} t.x:m()"
try "('x'):nometh()" try "(5):m()" try "local f = print; f.x.y = 1" try "local t = {f = 1} t.f()"
try "local t = { {} } t[1]()" try "local t, i = {}, 1 t[i]()" try "return (function() end)()()"
try "return #print()" try "local a <const> = 5 a()" try "(1 + 1)()" try "('a' .. 'b')()"
try "return ({ m = 2 }):m()" try "local s = 'x' s:y()" try "local s = 'x' s.y.z()"
-- arguments are evaluated before the call fails
print(pcall(load("local log = ...; local n; n(log 'arg evaluated')", "=c"), print))
-- builtin results
print(type(print), print == print, (print())) 
print(type(type), type(type(nil)), tostring(nil), tostring(true), tostring("s"), tostring(1), tostring(1.0))
print(pcall(type)) print(pcall(tostring)) print(pcall(setmetatable, {}))
print(pcall(setmetatable, 1, {})) print(pcall(setmetatable, {}, 1)) print(pcall(rawget, 1, 2))
print(pcall(rawset, {}, 1)) print(pcall(rawequal, 1)) print(pcall(next)) print(pcall(ipairs))
print(pcall(getmetatable))
print(assert(1, 2, 3)) print(pcall(assert, false)) print(pcall(assert, nil, "msg"))
print(pcall(assert, false, { 1 }) == false) print(pcall(assert))
print(select("#", assert(true, nil, nil)))
-- a function called with a changing number of arguments in a loop
local counts = {}
local function cnt(a, b, c, ...) return (a and 1 or 0) + (b and 1 or 0) + (c and 1 or 0) + select("#", ...) end
for i = 0, 9 do local args = {} for j = 1, i do args[j] = j end counts[#counts + 1] = cnt(table.unpack(args)) end
print(table.concat(counts, " "))
-- the callee changes during the run
local total = 0
local fns = { function(x) return x end, function(x) return x * 2, "extra" end, math.abs, setmetatable({},
  { __call = function(_, x) return x * 3 end }), function(...) return select("#", ...) end }
for i = 1, 200 do total = total + fns[i % #fns + 1](i) end
print(total)
local f = function() return "a" end
local out = {}
for i = 1, 6 do
  out[i] = f()
  if i == 2 then f = function() return "b" end elseif i == 4 then f = function() return "c", "d" end end
end
print(table.concat(out))
