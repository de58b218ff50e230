-- An ephemeron table whose values refer to its keys.
local t, keep = setmetatable({}, { __mode = "k" }), {}
while true do local k = {} t[k] = { k } keep[#keep + 1] = k end
