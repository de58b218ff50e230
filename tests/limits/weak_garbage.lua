-- An ephemeron table that is full of garbage.
local t = setmetatable({}, { __mode = "k" })
for i = 1, 5000000 do local k = {} t[k] = { k } end
error("not enough memory", 0) -- as the others end
