-- A hole in an array is absent: assigning to it asks `__newindex`, which existing elements don't.
local t = setmetatable({1, nil, 3}, {__newindex = function(_, k, v) print("newindex", k, v) end})
local k = 2
for _ = 1, 300 do t[3] = 4 end
t[2] = 5
t[k] = 7
print(rawget(t, 2), t[3])
