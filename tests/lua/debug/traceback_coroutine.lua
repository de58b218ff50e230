-- debug.traceback of coroutines.
local function inner(x) coroutine.yield(x) return x end
local function outer(x) local r = inner(x) return r end
local co = coroutine.create(outer)
print(debug.traceback(co))
print(debug.traceback(co, "not started"))
coroutine.resume(co, 1)
print(debug.traceback(co))
print(debug.traceback(co, "suspended"))
for level = 0, 4 do print(debug.traceback(co, "level " .. level, level)) end
print(debug.traceback(co, nil, 1))
print(debug.traceback(co, 5))
local t = {}
print(debug.traceback(co, t) == t)
coroutine.resume(co)
print(debug.traceback(co, "finished"))
-- Dead by an error: its stack is still there.
local failed = coroutine.create(function() local x = {} ; x = x.y.z end)
print(coroutine.resume(failed))
print(debug.traceback(failed))
print(debug.traceback(failed, "failed", 1))
local raised = coroutine.create(function() outer(error("raised")) end)
print(coroutine.resume(raised))
print(debug.traceback(raised, "raised"))
coroutine.close(raised)
print(debug.traceback(raised, "closed"))
-- From inside: only the running coroutine's frames.
print(coroutine.wrap(function() return (debug.traceback("inside")) end)())
-- One that waits for another.
local waiting
waiting = coroutine.create(function()
  local r = coroutine.wrap(function() return (debug.traceback(waiting, "waiting")) end)()
  return r
end)
print(select(2, coroutine.resume(waiting)))
-- Of the running coroutine, by its own name.
local me = coroutine.running()
print(debug.traceback(me, "me"))
print(debug.traceback(me, "me", 1))
-- Yields across pcall and metamethods.
local across = coroutine.create(function()
  local _ = setmetatable({}, { __index = function(_, k) pcall(inner, k) end }).key
end)
coroutine.resume(across)
print(debug.traceback(across))
