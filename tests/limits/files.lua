-- Files that are open, written to, and forgotten.
local keep = {}
while true do
  local f = io.tmpfile()
  if f then f:setvbuf("full", 100000) f:write(("x"):rep(50000)) end
  keep[#keep + 1] = { f and 1, ("x"):rep(10000) }
end
