-- A hook that keeps what it sees.
local keep = {}
debug.sethook(function(...) keep[#keep + 1] = debug.getinfo(2, "Slnt") end, "l")
local n = 0
while true do
  n = n + 1
end
