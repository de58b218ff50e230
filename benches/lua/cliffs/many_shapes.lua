-- One place that reads the same fields of records built in 24 different ways.
local fields = { "red", "green", "blue", "alpha" }

local function record(order, i)
  local r = {}
  local left = { 1, 2, 3, 4 }
  for k = 4, 1, -1 do
    local at = order % k + 1
    order = math.floor(order / k)
    local field = table.remove(left, at)
    r[fields[field]] = i + field
  end
  return r
end

local function run(n)
  local records, sum = {}, 0
  for i = 1, 240 do records[i] = record(i % 24, i) end
  for _ = 1, n do
    for i = 1, #records do
      local r = records[i]
      sum = (sum + r.red * 3 + r.green - r.blue + r.alpha) % 1000003
      r.green = r.blue
    end
  end
  return sum
end

return { name = "many shapes", n = 10000, run = run, expect = "596241" }
