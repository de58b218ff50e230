-- Objects as keys.
local t = {}
while true do t[{}] = true end
