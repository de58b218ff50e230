-- A cache of strings and records that are replaced at random: garbage that is old when it dies.
local cache, seed = {}, 5
for i = 1, 60000 do cache[i] = { key = "k" .. i, data = { i, i + 1, i + 2 } } end

local function random(limit)
  seed = (seed * 48271) % 2147483647
  return seed % limit + 1
end

local function step(i)
  local sum = 0
  for _ = 1, 20 do
    local at = random(60000)
    local old = cache[at]
    sum = sum + #old.data
    cache[at] = { key = "k" .. at .. "/" .. i % 100, data = { i, at, sum } }
  end
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

return { name = "steps of cache", n = 3000, run = run, expect = "180000" }
