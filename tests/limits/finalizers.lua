-- Objects with a finalizer.
local t, mt = {}, { __gc = function() end }
while true do t[#t + 1] = setmetatable({}, mt) end
