-- Handles as garbage: closed without error, in tables, cycles and coroutines, and at the end.
local name = os.tmpname()
for i = 1, 50 do
  local f = io.open(name, "w")
  f:write("version ", i)
end
collectgarbage()
collectgarbage()
local weak = setmetatable({}, { __mode = "v" })
do
  local f = io.open(name)
  weak[1] = f
  print(io.type(weak[1]), f:read(7))
  local cycle = { file = f }
  cycle.self = cycle
end
collectgarbage()
collectgarbage()
print(weak[1])
weak[1] = coroutine.wrap(function()
  local f <close> = io.open(name)
  coroutine.yield(f)
end)()
collectgarbage()
collectgarbage()
print(weak[1])
-- The handle of a loop left by an error is closed by the loop.
local kept
print(pcall(function()
  local iter, s, c, handle = io.lines(name)
  kept = handle
  for line in iter, s, c, handle do error("left", 0) end
end))
print(io.type(kept))
-- One resurrected by a finalizer that runs before its own is still open or closed, but no error to ask about.
local saved
local holder = setmetatable({ file = io.open(name) }, { __gc = function(h) saved = h.file end })
holder = nil
collectgarbage()
print(io.type(saved) ~= nil, pcall(io.type, saved) == true)
print(os.remove(name))
left_open = io.tmpfile()
left_open:write("closed with the state")
