-- Finalizers that bring back what was dead.
local kept = {}
local mt = { __gc = function(o) kept[#kept + 1] = o end }
while true do setmetatable({ {}, {} }, mt) end
