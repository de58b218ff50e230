-- A dictionary with computed names.
local t, k = {}, 0
while true do k = k + 1 t["key " .. k] = k end
