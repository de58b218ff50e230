-- Planets under gravity: float arithmetic on record fields.
local PI = 3.141592653589793
local SOLAR_MASS = 4 * PI * PI
local DAYS = 365.24

local function body(x, y, z, vx, vy, vz, mass)
  return { x = x, y = y, z = z, vx = vx * DAYS, vy = vy * DAYS, vz = vz * DAYS, mass = mass * SOLAR_MASS }
end

local function system()
  return {
    body(0, 0, 0, 0, 0, 0, 1),
    body(4.84, -1.16, -0.10, 0.00166, 0.00770, -0.0000690, 0.000955),
    body(8.34, 4.12, -0.40, -0.00277, 0.00499, 0.0000230, 0.000286),
    body(12.89, -15.11, -0.22, 0.00296, 0.00238, -0.0000297, 0.0000437),
    body(15.38, -25.92, 0.18, 0.00268, 0.00163, -0.0000952, 0.0000515),
  }
end

local function advance(bodies, dt)
  local count = #bodies
  for i = 1, count do
    local a = bodies[i]
    local ax, ay, az, amass = a.x, a.y, a.z, a.mass
    local vx, vy, vz = a.vx, a.vy, a.vz
    for j = i + 1, count do
      local b = bodies[j]
      local dx, dy, dz = ax - b.x, ay - b.y, az - b.z
      local d2 = dx * dx + dy * dy + dz * dz
      local force = dt / (d2 * d2 ^ 0.5)
      local fa, fb = amass * force, b.mass * force
      vx, vy, vz = vx - dx * fb, vy - dy * fb, vz - dz * fb
      b.vx, b.vy, b.vz = b.vx + dx * fa, b.vy + dy * fa, b.vz + dz * fa
    end
    a.vx, a.vy, a.vz = vx, vy, vz
    a.x, a.y, a.z = ax + dt * vx, ay + dt * vy, az + dt * vz
  end
end

local function energy(bodies)
  local e = 0.0
  for i, a in ipairs(bodies) do
    e = e + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      e = e - a.mass * b.mass / (dx * dx + dy * dy + dz * dz) ^ 0.5
    end
  end
  return e
end

local function run(n)
  local bodies = system()
  for _ = 1, n do advance(bodies, 0.01) end
  return ("%.9f"):format(energy(bodies))
end

return { name = "nbody", n = 71000, run = run, expect = "-0.169482684" }
