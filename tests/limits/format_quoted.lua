-- Quoting takes four bytes for one.
local keep, s = {}, ("\0"):rep(20000000)
while true do keep[#keep + 1] = ("%q"):format(s) end
