-- A list that is sorted by a function that keeps garbage.
local keep, t = {}, {}
for i = 1, 20000 do t[i] = (i * 7919) % 20011 end
while true do
  table.sort(t, function(a, b) keep[#keep + 1] = { a .. "x", b .. "y" } return a < b end)
end
