-- Warnings in pieces.
local s = ("x"):rep(1000000)
local keep = {}
while true do warn(s) warn("@off") keep[#keep + 1] = s .. #keep end
