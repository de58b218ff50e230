-- Copies of a long string.
local s, keep = ("x"):rep(20000000), {}
while true do s = s:upper():reverse():lower() .. "x" keep[#keep + 1] = s end
