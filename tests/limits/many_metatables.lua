-- A metatable for each table.
local all = {}
while true do all[#all + 1] = setmetatable({}, { __index = {}, __call = print }) end
