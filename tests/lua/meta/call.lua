-- __call: objects as functions, varargs, chains, in every call position.
local mt = { __call = function(self, ...) return self.name, select("#", ...), ... end }
local f = setmetatable({ name = "f" }, mt)
print(f()) print(f(1)) print(f(1, nil, 3)) print((f(1))) print(f(f()))
print(f "str", #{ f(1, 2) }, select("#", f(nil)))
-- as method, field, upvalue, iterator, callback, tail call
local t = { m = f, name = "t" } print(t.m(1)) print(select(3, t:m(1)) == t, select("#", t:m(1)))
local function tail(...) return f(...) end print(tail("a", "b"))
local it = setmetatable({ i = 0 },
  { __call = function(self, s, c) self.i = self.i + 1 if self.i <= s then return self.i, c end end })
for a, b in it, 3, "ctl" do io.write(a, tostring(b), " ") end print()
print(pcall(f, 1, 2)) print(xpcall(f, print, "x"))
print(select(2, pcall(string.gsub, "abc", "%a", setmetatable({}, { __index = function(_, c) return c:upper() end }))))
local sorted = { 3, 1, 2 } print(pcall(table.sort, sorted, setmetatable({}, { __call = function(_, a, b) return a < b end })))
local co = coroutine.wrap(function(...) return f(...) end) print(co(7)) print(pcall(coroutine.create, f))
-- chains of callables
local c = function(...) local l = select(-1, ...) return select("#", ...), type(l) == "table" and "table" or l end
for i = 1, 10 do c = setmetatable({}, { __call = c }) end
print(c()) print(c("arg")) print(c("a", "b", "last"))
local self = setmetatable({}, {}) getmetatable(self).__call = self print(select(1, pcall(self)))
-- the handler's identity and replacement while looping
local cm = { __call = function(_, x) return x + 1 end } local o = setmetatable({}, cm) local acc = 0
for i = 1, 150 do
  acc = o(acc)
  if i == 50 then
    cm.__call = function(_, x) return x + 2 end
  elseif i == 100 then
    cm.__call = setmetatable({}, { __call = function(a, b, x) return x * 1 + (b == o and 3 or 0) end })
  end
end
print(acc)
-- alternating callees at one site
local fs = { function(x) return x end, f, setmetatable({}, { __call = function(_, x) return -x end }), math.abs, print
  and tostring }
local r = {}
for i = 1, 10 do r[i] = tostring((fs[(i - 1) % #fs + 1](i))) end print(table.concat(r, " "))
-- failures
print(pcall(setmetatable({}, {}))) print(pcall(setmetatable({}, { __call = 5 }))) print(pcall(setmetatable({}, { __call = {} })))
print(pcall(function() local obj = setmetatable({}, { __call = false }) obj() end))
print(pcall(function() local obj = setmetatable({}, { __call = "s" }) obj.x = 1 return obj(1) end))
print(pcall(function() local obj = setmetatable({}, { __call = function(self, a) return a.b.c end }) return obj({}) end))
-- many arguments, many results, recursion
local id = setmetatable({}, { __call = function(_, ...) return ... end }) local big = {} for i = 1, 200 do big[i] = i end
print(select("#", id(table.unpack(big))), (select(200, id(table.unpack(big)))), #{ id(id(id(1, 2, 3))) })
local fact = setmetatable({}, { __call = function(self, n) return n < 2 and 1 or n * self(n - 1) end }) print(fact(15))
local loop = setmetatable({}, { __call = function(self, n) if n == 0 then return "end" end return self(n - 1) end })
print(loop(20000))
-- __call found on the metatable only, not on the object
local fake = { __call = function() return "no" end } print(pcall(fake)) fake = setmetatable(fake, fake) print(fake())
-- classes that construct by call
local Class = setmetatable({}, { __call = function(cls, x) return setmetatable({ x = x }, cls) end })
Class.__index = Class function Class:get() return self.x end
print(Class(5):get(), Class("a"):get(), getmetatable(Class(1)) == Class)
