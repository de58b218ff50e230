-- A program of many statements.
local s, keep = ("a=1 "):rep(200000), {}
while true do
  local f, e = load(s)
  if not f then error(e, 0) end
  keep[#keep + 1] = f
  s = s .. s
end
