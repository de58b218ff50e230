-- Messages about a variable with a long name.
local name = ("n"):rep(6000000)
local keep = {}
while true do
  local f, e = load("local t = {} return t." .. name .. ".x")
  if not f then error(e, 0) end
  local _, m = pcall(f)
  keep[#keep + 1] = m
  if #m < 100 then error(m, 0) end
end
