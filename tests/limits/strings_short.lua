-- Interned strings, all different.
local t, k = {}, 0
while true do k = k + 1 t[k] = ("%x"):format(k) end
