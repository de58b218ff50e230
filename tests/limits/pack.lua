-- Packed strings.
local s, keep = ("x"):rep(5000000), {}
while true do keep[#keep + 1] = string.pack("s4s4s4s4", s, s, s, s) end
