-- A state machine of 20 functions that call each other in tail position, and a loop written as a tail call.
-- needs: tail calls
local states = {}
for i = 1, 20 do
  local step = i * 7 % 13 + 1
  states[i] = function(left, sum)
    if left == 0 then return sum end
    return states[(i + step) % 20 + 1](left - 1, (sum * 3 + i) % 65521)
  end
end

local function count(left, sum)
  if left == 0 then return sum end
  return count(left - 1, sum + left % 3)
end

local function run(n)
  return states[1](n, 1) .. " " .. count(n, 0)
end

return { name = "tail calls", n = 2400000, run = run, expect = "36671 2400000" }
