-- A scheduler of coroutines in a hot loop, some of which end and are replaced.
local function worker(id, lifetime)
  return coroutine.create(function(input)
    local sum = id
    for i = 1, lifetime do
      sum = (sum * 3 + input + i) % 65521
      input = coroutine.yield(sum)
    end
    return sum
  end)
end

local function run(n)
  local workers, started, check = {}, 50, 0
  for i = 1, 50 do workers[i] = worker(i, 20 + i) end
  for round = 1, n do
    for i = 1, #workers do
      local ok, value = coroutine.resume(workers[i], round % 7)
      if ok then check = (check + value) % 1000003 end
      if coroutine.status(workers[i]) == "dead" then
        started = started + 1
        workers[i] = worker(started, 20 + started % 50)
      end
    end
  end
  return check .. " " .. started
end

return { name = "coroutine switches", n = 13000, run = run, expect = "233525 14315" }
