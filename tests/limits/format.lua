-- A format of many long arguments.
local s = ("x"):rep(1000000)
local t = {}
for i = 1, 240 do t[i] = s end
local f = ("%s"):rep(240)
for i = 1, 10 do f = f:rep(1) string.format(f, table.unpack(t)) end
string.format(f .. ("y"):rep(400000000), table.unpack(t))
