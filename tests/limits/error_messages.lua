-- Messages that grow, each with the one before in it.
local e = "x"
while true do
  local _, m = pcall(error, e .. e, 2)
  if #m < #e then error(m, 0) end
  e = m
end
