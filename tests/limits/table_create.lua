-- Tables made with room.
local keep, n = {}, 1000
while true do n = n * 2 keep[#keep + 1] = table.create(n, n) end
