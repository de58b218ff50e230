-- Object systems: single and multiple inheritance, super calls, mixins, privacy, singletons.
local function class(parent, name)
  local c = setmetatable({ __name = name }, { __index = parent,
    __call = function(cls, ...) local o = setmetatable({}, cls) if cls.init then cls.init(o, ...) end return o end })
  c.__index = c c.super = parent c.__tostring = parent and parent.__tostring
  return c
end
local Animal = class(nil, "Animal") function Animal:init(name) self.name = name end
function Animal:speak() return self.name .. " makes a sound" end
function Animal:__tostring() return "<" .. self.name .. ">" end
local Dog = class(Animal, "Dog") function Dog:speak() return Animal.speak(self) .. ": woof" end
local Puppy = class(Dog, "Puppy") Puppy.__tostring = Animal.__tostring
function Puppy:init(name, age) Dog.init(self, name) self.age = age end
function Puppy:speak() return Dog.speak(self) .. " (squeaky)" end
local a, d, p = Animal "Generic", Dog "Rex", Puppy("Bit", 1)
print(a:speak()) print(d:speak()) print(p:speak()) print(p.age, p.name, tostring(a), tostring(p))
local function isa(o, c) local m = getmetatable(o) while m do if m == c then return true end m = m.super end return false end
print(isa(p, Animal), isa(p, Dog), isa(a, Dog), isa(d, Puppy))
-- metamethods are not inherited through __index of the metatable
local Num = class(nil, "Num") function Num:init(v) self.v = v end
Num.__add = function(x, y) return Num(x.v + y.v) end local Sub = class(Num, "Sub")
print((Num(1) + Num(2)).v, pcall(function() return Sub(1) + Sub(2) end))
Sub.__add = Num.__add print((Sub(1) + Sub(2)).v)
-- per-object metatables
local Proto = { greet = function(self) return "hi " .. self.n end }
local function clone(proto, t) return setmetatable(t, { __index = proto }) end
local x = clone(Proto, { n = "x" }) local y = clone(x, { n = "y" }) local z = clone(y, {})
print(x:greet(), y:greet(), z:greet()) y.greet = function(self) return "yo " .. self.n end
print(x:greet(), y:greet(), z:greet()) y.greet = nil print(z:greet())
local many = {} for i = 1, 150 do many[i] = clone(Proto, { n = i }) end
Proto.greet = function(self) return "hello " .. self.n end
local s = 0 for i = 1, 150 do s = s + #many[i]:greet() end print(s, many[150]:greet())
-- multiple inheritance by function, with caching
local function search(k, list) for _, c in ipairs(list) do local v = c[k] if v ~= nil then return v end end end
local function multi(...)
  local parents = { ... } local c = {}
  setmetatable(c, { __index = function(t, k) local v = search(k, parents) t[k] = v return v end })
  c.__index = c function c.new(o) return setmetatable(o or {}, c) end return c
end
local Named = { getname = function(s) return s.nm end, common = "from Named" }
local Account = { balance = 0, deposit = function(s, v) s.balance = s.balance + v return s.balance end,
  common = "from Account" }
local NA = multi(Account, Named) local acc = NA.new { nm = "Paul" }
print(acc:getname(), acc:deposit(10), acc:deposit(5), acc.common, rawget(NA, "deposit") == Account.deposit, acc.missing)
-- mixins copied into the class; method aliasing
local Comparable = { lt = function(s, o) return s:key() < o:key() end,
  max = function(s, o) return s:lt(o) and o or s end }
local Item = class(nil, "Item") function Item:init(k) self.k = k end
function Item:key() return self.k end for k, v in pairs(Comparable) do Item[k] = v end
print(Item(3):lt(Item(4)), Item(9):max(Item(4)).k) Item.biggest = Item.max
print(Item(1):biggest(Item(2)).k)
-- private state by closures or weak tables
local priv = setmetatable({}, { __mode = "k" }) local Counter = class(nil, "Counter")
function Counter:init() priv[self] = 0 end
function Counter:inc() priv[self] = priv[self] + 1 return priv[self] end
local c1, c2 = Counter(), Counter() c1:inc() c1:inc() print(c1:inc(), c2:inc(), next(c1))
-- properties with getters and setters
local function properties(c)
  c.__index = function(t, k) local g = c["get_" .. k] if g then return g(t) end return c[k] end
  c.__newindex = function(t, k, v) local st = c["set_" .. k] if st then return st(t, v) end rawset(t, k, v) end
end
local Temp = {} function Temp.get_f(t) return t.c * 9 / 5 + 32 end
function Temp.set_f(t, v) t.c = (v - 32) * 5 / 9 end function Temp.id(t) return "temp" end
properties(Temp) local tp = setmetatable({ c = 100 }, Temp) print(tp.f, tp:id()) tp.f = 32
print(tp.c, rawget(tp, "f"), tp.nothing)
-- singletons, class variables, static counters
local Conf = { instances = 0 } Conf.__index = Conf
function Conf.get()
  if not Conf.inst then Conf.instances = Conf.instances + 1 Conf.inst = setmetatable({}, Conf) end
  return Conf.inst
end
print(Conf.get() == Conf.get(), Conf.instances)
-- deep hierarchy with super chain
local top = { level = function() return 0 end } top.__index = top local cls = top
for i = 1, 30 do
  local parent = cls cls = setmetatable({}, parent) cls.__index = cls
  cls.level = function(self) return parent.level(self) + 1 end
end
print(setmetatable({}, cls):level())
-- method on the class reached through an instance of an instance
local inst = setmetatable({}, cls) local inst2 = setmetatable({}, { __index = inst }) print(inst2:level(), rawget(inst2, "level"))
-- introspection of all methods
local function methods(c)
  local r, seen = {}, {}
  while c do
    for k, v in pairs(c) do
      if type(v) == "function" and not seen[k] and k:sub(1, 2) ~= "__" then seen[k] = true r[#r + 1] = k end
    end
    c = c.super
  end
  table.sort(r) return table.concat(r, " ")
end
print(methods(Puppy), "|", methods(Animal))
