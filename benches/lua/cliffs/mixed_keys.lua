-- Arrays that are used on both sides of zero, filled from the middle outwards.
local function run(n)
  local sum = 0
  for round = 1, n do
    local line = {}
    for i = 0, 1000 do
      line[i] = i + round
      line[-i] = i - round
    end
    for i = -1000, 1000 do
      local left, right = line[i - 1] or 0, line[i + 1] or 0
      line[i] = (line[i] + left - right) % 1021
    end
    for i = -1000, 1000, 7 do sum = (sum + line[i] * (i + 1001)) % 1000003 end
  end
  return sum
end

return { name = "mixed keys", n = 850, run = run, expect = "479742" }
