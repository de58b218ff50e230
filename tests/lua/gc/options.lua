-- collectgarbage: options and the results that do not depend on memory figures.
print(collectgarbage(), collectgarbage("collect"), collectgarbage("isrunning"))
print(math.type(collectgarbage("count")), collectgarbage("count") > 0, select("#", collectgarbage("count")))
print(collectgarbage("stop"), collectgarbage("isrunning"))
print(collectgarbage("collect"), collectgarbage("isrunning"))
print(collectgarbage("restart"), collectgarbage("isrunning"))
-- modes: the call returns the previous one
local first = collectgarbage("incremental")
print(first == "incremental" or first == "generational")
print(collectgarbage("generational"), collectgarbage("generational"), collectgarbage("incremental"),
  collectgarbage("incremental"))
collectgarbage(first)
-- a step answers with a boolean
collectgarbage()
print(type(collectgarbage("step")), type(collectgarbage("step", 0)))
-- parameters: writing returns the old value, reading changes nothing
for _, p in ipairs { "pause", "stepmul", "stepsize", "minormul", "majorminor", "minormajor" } do
  local old = collectgarbage("param", p)
  local again = collectgarbage("param", p)
  local prev = collectgarbage("param", p, old)
  print(p, math.type(old), old == again, old == prev)
end
local old = collectgarbage("param", "pause", 150)
local now = collectgarbage("param", "pause")
print(now >= 140 and now <= 160)
collectgarbage("param", "pause", old)
-- errors
print(pcall(collectgarbage, "nothing"))
print(pcall(collectgarbage, 5))
print(pcall(collectgarbage, "param"))
print(pcall(collectgarbage, "param", "none"))
print(pcall(collectgarbage, "param", "pause", "x"))
print(pcall(collectgarbage, "step", {}))
print(pcall(collectgarbage, "setpause"))
print(pcall(collectgarbage, "COLLECT"))
-- garbage made in quantity is given back
local function fill(n) local t = {} for i = 1, n do t[i] = { i, tostring(i) } end return t end
collectgarbage()
local base = collectgarbage("count")
local big = fill(20000)
local peak = collectgarbage("count")
big = nil
collectgarbage() collectgarbage()
local after = collectgarbage("count")
print(peak > base, after < peak, (after - base) < (peak - base) / 2)
-- an automatic cycle keeps memory bounded while garbage is produced
local most = 0
for i = 1, 200 do
  fill(100)
  local c = collectgarbage("count")
  if c > most then most = c end
end
print(most < base + 40000)
-- stopped collector: weak references stay until it is asked for
collectgarbage("stop")
local w = setmetatable({}, { __mode = "v" })
w[1] = {}
for i = 1, 2000 do local _ = { i } end
print(w[1] ~= nil, collectgarbage("isrunning"))
collectgarbage()
print(w[1], collectgarbage("isrunning"))
collectgarbage("restart")
-- collecting inside functions, coroutines, callbacks and metamethods
print(coroutine.wrap(function() local t = { 1, 2, 3 } collectgarbage() return #t end)())
print((("abc"):gsub("%a", function(c) collectgarbage() return c .. c end)))
local t = setmetatable({}, { __index = function(_, k) collectgarbage() return k * 2 end,
  __add = function() collectgarbage() return "added" end })
print(t[21], t + 1)
local sorted = { 3, 1, 2 }
table.sort(sorted, function(a, b) collectgarbage("step") return a < b end)
print(table.concat(sorted, " "))
