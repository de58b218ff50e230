-- Binary chunks, written and read.
local f, keep = load("local t = {} " .. ("t[1] = 'text' .. (t.x or 1) "):rep(3000)), {}
while true do
  local s = string.dump(f)
  local g, e = load(s, nil, "b")
  if not g then error(e, 0) end
  keep[#keep + 1] = s
  keep[#keep + 1] = g
end
