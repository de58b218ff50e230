-- collectgarbage: modes, states and steps.
print(collectgarbage("isrunning"), collectgarbage("stop"), collectgarbage("isrunning"))
print(collectgarbage("step", 0) ~= nil, collectgarbage("isrunning"))
print(collectgarbage("restart"), collectgarbage("isrunning"))
print(collectgarbage("generational"), collectgarbage("incremental"), collectgarbage("incremental"))
print(collectgarbage("stop"), collectgarbage("generational"), collectgarbage("isrunning"))
print(collectgarbage("restart"), collectgarbage("incremental"), collectgarbage("isrunning"))
-- Steps large enough end a cycle.
collectgarbage()
local done = false
for _ = 1, 1000 do
  if collectgarbage("step", 100000) then done = true break end
end
print(done)
print(select("#", collectgarbage("step")), type(collectgarbage("step", 1)), type(collectgarbage("step", -1)))
-- Arguments that aren't needed are ignored, numbers may be strings.
print(collectgarbage("collect", 1, 2), collectgarbage("isrunning", {}), type(collectgarbage("step", "10")))
-- Collection inside a finalizer does nothing and says so.
local inside
setmetatable({}, { __gc = function()
  inside = table.pack(collectgarbage(), collectgarbage("count"), collectgarbage("step"), collectgarbage("isrunning"))
end })
collectgarbage()
print(inside and inside.n, inside and type(inside[1]), inside and type(inside[2]))
-- Errors.
for _, option in ipairs { "", "Collect", "setstepmul", "setpause", "counts", "param" } do
  print(pcall(collectgarbage, option))
end
print(pcall(collectgarbage, true))
print(pcall(collectgarbage, print))
print(pcall(collectgarbage, "step", "many"))
print(pcall(collectgarbage, "step", 1.5))
print(pcall(collectgarbage, "param", "pause", {}))
print(pcall(collectgarbage, "param", "pause", 1.5))
print(pcall(collectgarbage, "param", 1))
