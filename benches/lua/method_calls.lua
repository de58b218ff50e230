-- Method calls through three levels of inheritance, with overriding and super calls.
local function class(base)
  local c = {}
  c.__index = c
  return setmetatable(c, { __index = base })
end

local Animal = class()
function Animal:age() return self.years end
function Animal:grow(by) self.years = self.years + by end
function Animal:weight() return 1 end
function Animal:step(n) self:grow(1) return self:weight() + n % 3 end

local Mammal = class(Animal)
function Mammal:weight() return Animal.weight(self) + self.years % 7 end

local Whale = class(Mammal)
function Whale:weight() return 100 + Mammal.weight(self) end

local Mouse = class(Mammal)
function Mouse:grow(by) Animal.grow(self, 2 * by) end

local Bird = class(Animal)
function Bird:step(n) return Animal.step(self, n) - 1 end

local function run(n)
  local animals = {}
  for i, kind in ipairs { Whale, Mouse, Bird, Mammal, Mouse, Whale } do
    animals[i] = setmetatable({ years = i }, kind)
  end
  local total = 0
  for i = 1, n do
    for k = 1, #animals do total = total + animals[k]:step(i) end
  end
  for k = 1, #animals do total = total + animals[k]:age() end
  return total
end

return { name = "method calls", n = 100000, run = run, expect = "23400022" }
