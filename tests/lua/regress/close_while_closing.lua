-- A coroutine that closes itself in a handler called because it is being closed.
local function closer(f) return setmetatable({}, { __close = f }) end

local log = {}
local co
co = coroutine.create(function()
  local outer <close> = closer(function(_, e) log[#log + 1] = "outer " .. tostring(e) end)
  local inner <close> = closer(function()
    log[#log + 1] = "inner"
    coroutine.close(co)
    log[#log + 1] = "not reached"
  end)
  coroutine.yield("waiting")
end)
print(coroutine.resume(co))
print(coroutine.close(co))
print(coroutine.status(co), table.concat(log, ", "))
print(coroutine.close(co))

-- The same when the coroutine returns: it closes itself in its own course.
co = coroutine.wrap(function()
  local a <close> = closer(function() print("last", coroutine.isyieldable()) end)
  local b <close> = closer(function() coroutine.close() end)
  return "lost"
end)
print(co())
