-- What ends at once and makes the next thing end at once, many times over: it takes no native stack.
local C = setmetatable({}, {__close = rawlen})
local function pending(n)
  local x <close> = C
  if n == 0 then error("bottom", 0) end
  pending(n - 1)
end
print(pcall(pending, 60000))
print(coroutine.wrap(function() return pcall(pending, 60000) end)())
local co = coroutine.create(function()
  local function wait(n)
    local x <close> = C
    if n == 0 then coroutine.yield("waiting") end
    wait(n - 1)
  end
  wait(60000)
end)
print(coroutine.resume(co))
print(coroutine.close(co))
-- Tail calls of a native function that wait for each other.
local function chain(n, event, use)
  return setmetatable({}, {[event] = function()
    if n == 0 then return next, {}, nil end
    return use(chain(n - 1, event, use))
  end})
end
print(pcall(function() for _ in pairs(chain(100000, "__pairs", pairs)) do end return "done" end))
local function selecting(n) if n == 0 then return 1 end return select(1, selecting(n - 1)) end
print(pcall(selecting, 150000))
