-- Finalizers that bring back what was dead, and make it larger. What they can't get they do without.
local kept = {}
local mt = { __gc = function(o) kept[#kept + 1] = { o, ("x"):rep(100) .. #kept } end }
for i = 1, 3000000 do setmetatable({ {}, {} }, mt) end
error("not enough memory", 0) -- as the others end
