-- Count events: periods, and what counts.
-- An empty numeric loop is one counted instruction per iteration, so the difference of two loops is exact.
local function count(f, period, ...)
  local n = 0
  debug.sethook(function(event) if event == "count" then n = n + 1 end end, "", period)
  f(...)
  debug.sethook()
  return n
end
local function loop(n) for i = 1, n do end end
local base = count(loop, 1, 0)
for _, n in ipairs { 1, 2, 10, 1000 } do
  print(n, count(loop, 1, n) - count(loop, 1, 1))
end
print(count(loop, 1000, 10000), count(loop, 1000000, 1000))
local function down(n) for i = n, 1, -1 do end end
print(count(down, 1, 500) - count(down, 1, 100))
local function floats(n) for i = 1.0, n do end end
print(count(floats, 1, 500) - count(floats, 1, 100))
-- A loop without end is stopped by an error from the hook.
local function forever() while true do end end
debug.sethook(function() error("enough", 0) end, "", 1000)
local ok, message = pcall(forever)
debug.sethook()
print(ok, message)
-- The hook's arguments.
local seen
debug.sethook(function(...) seen = table.pack(...) end, "", 1)
local x = 1
debug.sethook()
print(seen.n, seen[1], seen[2])
-- Counting inside a coroutine, by the coroutine's own hook.
local co = coroutine.create(function() loop(100) coroutine.yield() loop(100) end)
local n = 0
debug.sethook(co, function() n = n + 1 end, "", 1)
coroutine.resume(co)
local first = n
print(first >= 100, first < 150)
loop(1000)
print(n == first)
coroutine.resume(co)
print(n - first >= 100, n - first < 150)
-- Count together with lines.
local events = {}
debug.sethook(function(event) events[event] = (events[event] or 0) + 1 end, "l", 1)
for i = 1, 10 do
end
debug.sethook()
print(events.count >= 10, events.line > 0)
-- A period of zero or less is no count.
debug.sethook(print, "", 0)
print(debug.gethook())
debug.sethook(print, "", -1)
print(debug.gethook())
