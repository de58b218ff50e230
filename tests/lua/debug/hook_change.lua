-- Hooks that change hooks, raise errors, call functions.
-- Hooks aren't called inside a hook.
local depth, deepest = 0, 0
local function helper() local x = 1 return x end
debug.sethook(function()
  depth = depth + 1
  if depth > deepest then deepest = depth end
  helper()
  depth = depth - 1
end, "crl", 1)
helper()
helper()
debug.sethook()
print(deepest, depth)
-- A hook that takes itself away.
local n = 0
debug.sethook(function() n = n + 1 debug.sethook() end, "l")
local a = 1
local b = 2
local c = 3
print(n, debug.gethook())
-- A hook that replaces itself.
local log = {}
local function second(event, line) log[#log + 1] = "second" end
debug.sethook(function() log[#log + 1] = "first" debug.sethook(second, "l") end, "l")
a = 2
b = 3
debug.sethook()
print(table.concat(log, " "))
-- A hook that changes its own mask.
local events = {}
debug.sethook(function(event)
  events[#events + 1] = event
  if #events == 2 then debug.sethook(debug.gethook(), "c") end
end, "l")
a = 1
b = 2
helper()
debug.sethook()
print(table.concat(events, " "))
-- Errors thrown from a hook go to the running function; the hook stays.
for _, mask in ipairs { "c", "r", "l" } do
  local count = 0
  local ok, message = pcall(function()
    debug.sethook(function(event)
      count = count + 1
      if count == 3 then error("from " .. event, 0) end
    end, mask)
    helper()
    helper()
    helper()
    return "not reached"
  end)
  local f, m = debug.gethook()
  debug.sethook()
  print(ok, message, type(f), m)
end
-- With a position: the level is the hook function itself.
local ok, message = pcall(function()
  debug.sethook(function() debug.sethook() error("positioned") end, "l")
  local x = 1
end)
print(message)
-- A hook can't yield.
local co = coroutine.create(function()
  debug.sethook(function() coroutine.yield() end, "l")
  local x = 1
  return "end"
end)
print(coroutine.resume(co))
-- A hook can resume another coroutine, and run pcall.
local results = {}
debug.sethook(function()
  debug.sethook()
  results[1] = coroutine.wrap(function() return "inner" end)()
  results[2] = select(2, pcall(error, "caught"))
end, "l")
local z = 1
print(results[1], results[2])
