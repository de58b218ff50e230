-- Finalizers still pending at the end of the program run when the state closes,
-- in the reverse order of their marking; output order is part of the test, so nothing is collected unasked.
collectgarbage("stop")
local function obj(name, f)
  return setmetatable({ name = name }, { __gc = function(o) io.write("finalize ", o.name, "\n") if f then f(o) end end })
end
global_one = obj "global one"
local l1 = obj "local one"
local l2 = obj "local two"
registry = { obj "in a table", sub = { obj "nested" } }
upvalue_holder = (function() local o = obj "upvalue" return function() return o end end)()
-- one that errors, one that makes another object, one that reads globals
failing = obj("failing", function() error("not shown on stdout") end)
maker = obj("maker", function() local late = obj "made while closing" end)
reader = obj("reader", function() io.write("sees ", tostring(global_one.name), " ", type(print), "\n") end)
cycle_a = obj "cycle a"
cycle_b = obj "cycle b"
cycle_a.other, cycle_b.other = cycle_b, cycle_a
-- a suspended coroutine with locals and a pending close
thread = coroutine.create(function()
  local o = obj "in coroutine"
  local c <close> = setmetatable({}, { __close = function() io.write("never closed\n") end })
  coroutine.yield(o)
end)
coroutine.resume(thread)
-- the main chunk's own to-be-closed variable runs first
local c <close> = setmetatable({}, { __close = function() io.write("main close\n") end })
-- already finalized objects do not run again
do local gone = obj "collected early" end
collectgarbage()
collectgarbage()
weak = setmetatable({ obj "weakly held" }, { __mode = "v" })
resurrected = nil
do obj("phoenix", function(o) resurrected = resurrected or o end) end
collectgarbage()
collectgarbage()
print("resurrected", resurrected and resurrected.name, weak[1])
print("end of main chunk", l1.name, l2.name)
