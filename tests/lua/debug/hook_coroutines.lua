-- Each coroutine has its own hook.
local log = {}
local function logger(tag) return function(event, line) log[#log + 1] = tag .. event end end
local function body() local x = 1 coroutine.yield(x) local y = 2 return y end
local function flush() print(#log, table.concat(log, " ")) log = {} end

local co = coroutine.create(body)
print(debug.gethook(co))
debug.sethook(co, logger "co:", "crl")
print(type(debug.gethook(co)), select(2, debug.gethook(co)))
print(debug.gethook())
coroutine.resume(co)
flush()
local main_work = body ~= nil
flush()
coroutine.resume(co)
flush()
print(coroutine.status(co), select(2, debug.gethook(co)))
-- The hook function of the creator isn't called in a new coroutine.
debug.sethook(logger "main:", "l")
local heir = coroutine.create(function() local x = 1 return x end)
debug.sethook()
log = {}
print((debug.gethook(heir)))
coroutine.resume(heir)
flush()
-- Set from inside, seen from outside.
local inside = coroutine.create(function()
  debug.sethook(logger "in:", "l")
  coroutine.yield()
  local z = 1
  return z
end)
coroutine.resume(inside)
log = {}
local q = 1
flush()
print(select(2, debug.gethook(inside)), debug.gethook())
coroutine.resume(inside)
flush()
-- Taken away from outside between resumptions.
local other = coroutine.create(body)
debug.sethook(other, logger "o:", "l")
coroutine.resume(other)
log = {}
debug.sethook(other)
coroutine.resume(other)
flush()
-- An error from a coroutine's hook ends it.
local dying = coroutine.create(function() local a = 1 return a end)
debug.sethook(dying, function() error("hook of the dying", 0) end, "l")
print(coroutine.resume(dying))
print(coroutine.status(dying))
-- Wrapped, and with lines.
local lines = {}
local w = coroutine.wrap(function()
  debug.sethook(function(_, line) lines[#lines + 1] = line end, "l")
  for i = 1, 2 do
    coroutine.yield(i)
  end
end)
w() w() w()
local first = lines[1]
for i, l in ipairs(lines) do lines[i] = l - first end
print(table.concat(lines, " "))
