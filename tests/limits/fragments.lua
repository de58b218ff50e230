-- One object in many stays, then others are of another size.
local keep = {}
for size = 1, 12 do
  local all, text = {}, ("x"):rep(size * 40)
  for i = 1, 40000 do all[i] = text .. i end
  for i = 1, #all, 100 do keep[#keep + 1] = all[i] end
end
while true do keep[#keep + 1] = { keep } end
