-- debug.traceback of deep stacks: the middle is left out.
local function deep(n, f)
  if n == 0 then return (f()) end
  local r = deep(n - 1, f)
  return r
end
local function lines(text)
  local n = 0
  for _ in text:gmatch("\n") do n = n + 1 end
  return n
end
for _, n in ipairs { 0, 1, 10, 17, 18, 19, 20, 21, 22, 23, 30, 100, 1000 } do
  local text = deep(n, debug.traceback)
  print(n, lines(text), text:match("%.%.%.[^\n]*%b()") or "whole")
end
print(deep(40, function() return debug.traceback("from a level", 5) end))
print(deep(40, debug.traceback))
-- In a coroutine.
local co = coroutine.create(function() deep(50, coroutine.yield) end)
coroutine.resume(co)
print(debug.traceback(co))
print(debug.traceback(co, "at level 40", 40))
-- Of a stack overflow: just the shape.
local function overflow() return 1 + overflow() end
local _, text = xpcall(overflow, debug.traceback)
print(lines(text), text:match("^[^\n]*stack overflow") ~= nil, text:match("skipping %d+ levels") ~= nil)
