-- The same access sites run hundreds of times while classes change under them.
local Base = { kind = "base" } Base.__index = Base
function Base:name() return "Base.name" end
function Base:shared() return "Base.shared" end
local Derived = setmetatable({}, { __index = Base }) Derived.__index = Derived
function Derived:own() return "Derived.own" end
local function new() return setmetatable({}, Derived) end
local o = new()
local function call(x) return x:name() end
local function field(x) return x.kind end
local function tally(n, f, ...)
  local c, order = {}, {}
  for i = 1, n do
    local v = tostring(f(...)) if not c[v] then order[#order + 1] = v end c[v] = (c[v] or 0) + 1
  end
  for i, v in ipairs(order) do order[i] = v .. "x" .. c[v] end
  return table.concat(order, " ")
end
print(tally(120, call, o), tally(120, field, o))
-- method redefinition on the base
function Base:name() return "Base.name2" end print(tally(120, call, o))
-- a method on the derived class now shadows the base one
function Derived:name() return "Derived.name" end print(tally(120, call, o))
-- then a field on the object itself
o.name = function() return "own name" end print(tally(120, call, o))
o.name = nil print(tally(120, call, o))
Derived.name = nil print(tally(120, call, o))
-- deleting the base method
local saved = Base.name Base.name = nil
print(tally(120, function() return (select(2, pcall(call, o))) end))
Base.name = saved print(tally(120, call, o))
-- __index replaced: another table, then a function, then nothing, then back
local Other = { name = function() return "Other.name" end, kind = "other" }
Derived.__index = Other print(tally(120, call, o), tally(120, field, o))
Derived.__index = function(t, k) return k == "name" and function() return "fn name" end or "fn " .. k end
print(tally(120, call, o), tally(120, field, o))
Derived.__index = nil print(tally(120, field, o)) Derived.__index = Derived print(tally(120, call, o), tally(120, field, o))
-- the metatable of the derived class replaced
setmetatable(Derived, { __index = Other }) print(tally(120, call, o), tally(120, field, o))
setmetatable(Derived, nil) print(tally(120, field, o)) setmetatable(Derived, { __index = Base })
-- the object changes class within one loop
local A, B = { v = "A" }, { v = "B" } A.__index, B.__index = A, B
local x, r = setmetatable({}, A), {}
for i = 1, 300 do
  if i == 100 then
    setmetatable(x, B)
  elseif i == 200 then
    setmetatable(x, nil)
  elseif i == 250 then
    setmetatable(x, A)
  end
  r[tostring(x.v)] = (r[tostring(x.v)] or 0) + 1
end
print(r.A, r.B, r["nil"])
-- values change in place during a loop
r = {}
for i = 1, 300 do if i % 100 == 0 then A.v = "A" .. i end local v = x.v r[v] = (r[v] or 0) + 1 end
print(r.A, r.A100, r.A200, r.A300)
-- a field appears on the object in the middle, disappears, and turns false
r = {}
for i = 1, 400 do
  if i == 101 then x.v = "own" elseif i == 201 then x.v = nil elseif i == 301 then x.v = false end
  local v = tostring(x.v) r[v] = (r[v] or 0) + 1
end
print(r.A300, r.own, r["false"])
x.v = nil
-- an intermediate class gains and loses a field
local L0 = { p = "L0" } L0.__index = L0 local L1 = setmetatable({}, L0) L1.__index = L1
local L2 = setmetatable({}, L1) L2.__index = L2 local L3 = setmetatable({}, L2)
r = {}
for i = 1, 400 do
  if i == 101 then L1.p = "L1" elseif i == 201 then L2.p = "L2" elseif i == 301 then L1.p = nil L2.p = nil end
  r[L3.p] = (r[L3.p] or 0) + 1
end
print(r.L0, r.L1, r.L2)
-- class growth: many methods added to a class while its instances are in use
local G = {} G.__index = G function G:m() return 1 end local g, s = setmetatable({}, G), 0
for i = 1, 300 do G["extra" .. i] = i s = s + g:m() + g["extra" .. i] end
for i = 1, 300 do G["extra" .. i] = nil s = s + g:m() end
print(s, g.extra1, g.extra300)
-- same site, per-object metatable made inline
local function mk(c) return setmetatable({}, { __index = c }) end
r = {}
for i = 1, 300 do
  local ob = mk(i % 3 == 0 and A or i % 3 == 1 and B or Other)
  local v = tostring(ob.v or ob.kind) r[v] = (r[v] or 0) + 1
end
print(r.A300, r.B, r.other)
-- a table that becomes its own class
local self = { w = "first" } local inst = setmetatable({}, self) r = {}
for i = 1, 200 do
  if i == 100 then self.__index = self end if i == 150 then self.w = "second" end
  local v = tostring(inst.w) r[v] = (r[v] or 0) + 1
end
print(r["nil"], r.first, r.second)
