-- Large arrays, one after the other.
local keep = {}
for n = 1, 40 do
  local t = {}
  for i = 1, 100000 * n do t[i] = i end
  keep[n % 3 + 1] = t
end
while true do keep[#keep + 1] = { keep } end
