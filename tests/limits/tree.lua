-- A tree that branches everywhere, so that marking has much to remember.
local function tree(depth) return depth == 0 and {} or { tree(depth - 1), tree(depth - 1), tree(depth - 1) } end
local all = {}
while true do all[#all + 1] = tree(9) end
