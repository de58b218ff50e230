-- Variables and fields that hold integers, then fractions, then strings, then nothing.
local function add(a, b) return a + b end

local function run(n)
  local values, sum, length = { 1, 2.5, 3, 0.25, 7 }, 0, 0
  local cell = { value = 0 }
  for i = 1, n do
    local kind = math.floor(i / 1000) % 4
    local value = values[i % 5 + 1]
    if kind == 0 then
      cell.value = add(i % 100, 1)
    elseif kind == 1 then
      cell.value = add(value, 0.5)
    elseif kind == 2 then
      cell.value = "v" .. i % 10
    else
      cell.value = nil
    end
    local now = cell.value
    if type(now) == "number" then
      sum = sum + now
    elseif now then
      length = length + #now
    end
  end
  return ("%.2f %d"):format(sum, length)
end

return { name = "changing types", n = 1100000, run = run, expect = "14781250.00 550000" }
