-- The same through metamethods, where the length isn't known ahead.
local piece = ("x"):rep(100000)
table.concat(setmetatable({}, { __len = function() return 1 << 40 end, __index = function() return piece end }))
