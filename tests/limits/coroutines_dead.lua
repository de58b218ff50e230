-- Coroutines with deep stacks, each garbage at once.
local function deep(n) if n == 0 then coroutine.yield() return 0 end return 1 + deep(n - 1) end
for i = 1, 1500 do coroutine.wrap(deep)(5000) end
error("not enough memory", 0) -- as the others end
