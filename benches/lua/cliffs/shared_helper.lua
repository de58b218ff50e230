-- A helper that gets hot beside things compilers avoid, and is then needed in a tight loop elsewhere.
local function clamp(x, low, high)
  if x < low then return low end
  if x > high then return high end
  return x
end

local function mix(a, b) return (a * 7 + clamp(b, 0, 100)) % 1009 end

-- Callbacks from native code, variable arguments, raised errors, traversal of a table's hash part.
local function awkward(rounds)
  local sum = 0
  local function add(...)
    local first = ...
    sum = mix(sum, select("#", ...) + #tostring(first))
  end
  for i = 1, rounds do
    ("a1b22c333"):gsub("%d+", function(digits) sum = mix(sum, tonumber(digits)) end)
    add(i, sum, nil)
    pcall(function() sum = mix(sum, 5) error("stop", 0) end)
    for _, value in pairs { x = 1, y = 2, z = 3 } do sum = (sum + mix(1, value)) % 1009 end
  end
  return sum
end

local function tight(rounds)
  local sum = 0
  for i = 1, rounds do sum = mix(sum, i % 150) end
  return sum
end

local function run(n)
  local first = awkward(200)
  return first .. " " .. tight(n) .. " " .. awkward(200)
end

return { name = "shared helper", n = 2600000, run = run, expect = "496 133 496" }
