-- Coroutines that wait, deep in a recursion.
local function deep(n) if n == 0 then coroutine.yield() return 0 end return 1 + deep(n - 1) end
local t = {}
while true do local co = coroutine.wrap(deep) co(2000) t[#t + 1] = co end
