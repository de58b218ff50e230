-- Steps that make garbage beside a large live heap, each of them timed: what the collector adds shows in the slowest.
local function node(depth)
  if depth == 0 then return { value = 1 } end
  return { left = node(depth - 1), right = node(depth - 1), value = depth }
end

-- Survives from run to run.
local live = node(16)

local function step(i)
  local list = {}
  for k = 1, 40 do list[k] = { id = i + k, name = "n" .. k % 10, next = list[k - 1] } end
  local sum = 0
  for k = 1, 40 do sum = sum + #list[k].name + list[k].id % 3 end
  -- The live heap changes, too.
  local at = live
  for bit = 1, 14 do at = i % (bit + 1) == 0 and at.left or at.right end
  at.left = node(1)
  return sum
end

local function run(n)
  local times, sum, clock = {}, 0, os.clock
  for i = 1, n do
    local start = clock()
    sum = sum + step(i)
    times[i] = clock() - start
  end
  return sum, times
end

return { name = "steps of garbage", n = 9400, run = run, expect = "1128001" }
