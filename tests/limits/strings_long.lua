-- Strings too long to be interned.
local t, k = {}, 0
while true do k = k + 1 t[k] = ("long "):rep(20) .. k end
