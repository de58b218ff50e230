-- A ray tracer with vector objects and operator metamethods: small allocations, float math.
local Vector = {}
Vector.__index = Vector
local function vector(x, y, z) return setmetatable({ x = x, y = y, z = z }, Vector) end
function Vector.__add(a, b) return vector(a.x + b.x, a.y + b.y, a.z + b.z) end
function Vector.__sub(a, b) return vector(a.x - b.x, a.y - b.y, a.z - b.z) end
function Vector.__mul(a, k) return vector(a.x * k, a.y * k, a.z * k) end
function Vector:dot(b) return self.x * b.x + self.y * b.y + self.z * b.z end
function Vector:normal() return self * (1 / self:dot(self) ^ 0.5) end

local Sphere = {}
Sphere.__index = Sphere
local function sphere(center, radius, color, mirror)
  return setmetatable({ center = center, radius2 = radius * radius, radius = radius, color = color, mirror = mirror }, Sphere)
end
function Sphere:hit(origin, direction)
  local offset = self.center - origin
  local along = offset:dot(direction)
  if along < 0 then return nil end
  local d2 = offset:dot(offset) - along * along
  if d2 > self.radius2 then return nil end
  local t = along - (self.radius2 - d2) ^ 0.5
  if t > 1e-4 then return t end
end
function Sphere:normalAt(point) return (point - self.center) * (1 / self.radius) end

local Plane = {}
Plane.__index = Plane
function Plane:hit(origin, direction)
  if direction.y >= 0 then return nil end
  return (self.height - origin.y) / direction.y
end
function Plane:normalAt() return vector(0, 1, 0) end

local scene = {
  sphere(vector(0, 1, 6), 1.0, 0.9, 0.3),
  sphere(vector(-2, 0.6, 5), 0.6, 0.5, 0.0),
  sphere(vector(1.8, 0.7, 4.5), 0.7, 0.7, 0.6),
  sphere(vector(0.4, 0.3, 3.2), 0.3, 1.0, 0.1),
  setmetatable({ height = 0, color = 0.6, mirror = 0.2 }, Plane),
}
local light = vector(-0.5, 0.8, -0.4):normal()

local function nearest(origin, direction)
  local best, thing = math.huge, nil
  for i = 1, #scene do
    local t = scene[i]:hit(origin, direction)
    if t and t > 1e-4 and t < best then best, thing = t, scene[i] end
  end
  return thing, best
end

local function trace(origin, direction, depth)
  local thing, distance = nearest(origin, direction)
  if not thing then return 0.2 + 0.3 * direction.y end
  local point = origin + direction * distance
  local normal = thing:normalAt(point)
  local brightness = 0.1
  if not nearest(point, light) then
    local lambert = normal:dot(light)
    if lambert > 0 then brightness = brightness + 0.9 * lambert end
  end
  local color = thing.color * brightness
  if thing.mirror > 0 and depth < 3 then
    local reflected = direction - normal * (2 * normal:dot(direction))
    color = color * (1 - thing.mirror) + thing.mirror * trace(point, reflected, depth + 1)
  end
  return color
end

local function run(n)
  local eye, total = vector(0, 1, -2), 0.0
  for row = 1, n do
    for column = 1, n do
      local direction = vector((column - 0.5) / n - 0.5, 0.5 - (row - 0.5) / n, 1):normal()
      total = total + trace(eye, direction, 0)
    end
  end
  return ("%.6f"):format(total)
end

return { name = "ray tracing", n = 150, run = run, expect = "7837.801893" }
