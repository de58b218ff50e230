-- Tables that all have other fields.
local all, k = {}, 0
while true do
  k = k + 1
  local t = {}
  for i = 1, 20 do t["f" .. (k * i) % 10007] = i end
  all[#all + 1] = t
end
