-- A list that is sorted by a function that makes garbage.
local keep = {}
while true do
  local t = {}
  for i = 1, 20000 do t[i] = tostring((i * 7919) % 20011) end
  table.sort(t, function(a, b) return a .. "x" < b .. "x" end)
  keep[#keep + 1] = t
end
