-- Many arguments, packed.
local s, keep = ("x"):rep(200000), {}
while true do keep[#keep + 1] = table.pack(s:byte(1, -1)) keep[#keep + 1] = { s:byte(1, -1) } end
