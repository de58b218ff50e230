-- A finalizer can't control the collector.
local ran = false
setmetatable({}, { __gc = function()
  for _, option in ipairs { "collect", "stop", "restart", "count", "step", "isrunning", "incremental" } do
    print(option, collectgarbage(option))
  end
  print(collectgarbage("param", "pause"), collectgarbage("param", "pause", 10))
  print(pcall(collectgarbage, "nothing"))
  print(pcall(collectgarbage, "param", "nothing"))
  ran = true
end })
local pause = collectgarbage("param", "pause")
collectgarbage()
print(ran, collectgarbage("param", "pause") == pause, collectgarbage("isrunning"))
