-- Finalizers that bring back what was dead, and make it larger. What they can't get they do without.
local kept = {}
local mt = { __gc = function(o) kept[#kept + 1] = { o, ("x"):rep(1000) .. #kept } end }
while true do
  local before = #kept
  for i = 1, 5000 do setmetatable({ {}, {} }, mt) end
  collectgarbage()
  if #kept < before + 1000 then error("not enough memory", 0) end -- as the others end
end
