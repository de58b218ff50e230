-- Integer keys far apart.
local t, k = {}, 1
while true do t[k * 7919] = k k = k + 1 end
