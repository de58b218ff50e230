-- A small class library with inheritance, mixins and operators, and a program that uses it: shapes in a scene.

local function class(name, parent)
  local c = { name = name, methods = {}, statics = {} }
  c.meta = { __index = c.methods, class = c }
  if parent then
    setmetatable(c.methods, { __index = parent.methods })
    for event, f in pairs(parent.meta) do if event:sub(1, 2) == "__" and event ~= "__index" then c.meta[event] = f end end
  end
  function c.include(mixin) for k, f in pairs(mixin) do c.methods[k] = f end end
  return setmetatable(c, {
    __call = function(_, ...)
      local object = setmetatable({}, c.meta)
      if object.init then object:init(...) end
      return object
    end,
    __newindex = function(_, k, f)
      if k:sub(1, 2) == "__" then c.meta[k] = f else c.methods[k] = f end
    end,
    __tostring = function() return "class " .. name end,
  })
end

local Comparable = { max = function(self, other) if self < other then return other end return self end }
local Shape = class("Shape")
function Shape:init(x, y) self.x, self.y = x, y end
function Shape:moved(dx, dy) local copy = getmetatable(self).class(self.x + dx, self.y + dy, self.size); return copy end
function Shape:area() return 0 end
Shape.__lt = function(a, b) return a:area() < b:area() end
Shape.__add = function(a, b) return a:area() + (type(b) == "number" and b or b:area()) end
Shape.include(Comparable)
local Square = class("Square", Shape)
function Square:init(x, y, size) Shape.methods.init(self, x, y); self.size = size end
function Square:area() return self.size * self.size end
local Circle = class("Circle", Shape)
function Circle:init(x, y, size) Shape.methods.init(self, x, y); self.size = size end
function Circle:area() return math.floor(self.size * self.size * 355 / 113) end

local scene, seed = {}, 7
for i = 1, 3000 do
  seed = (seed * 16807) % 2147483647
  scene[i] = (seed % 2 == 0 and Square or Circle)(seed % 100, seed % 77, seed % 23 + 1)
end
local largest, total = scene[1], 0
for round = 1, 12 do
  for i, shape in ipairs(scene) do
    local moved = shape:moved(1, round)
    if (moved.x + moved.y) % 5 == 0 then scene[i] = moved end
    largest = largest:max(moved)
    total = total + (shape + moved) % 1000
  end
end
print(largest:area(), total, tostring(Square), getmetatable(largest).class.name)
