-- Finalizers that run when the state is closed, with no frame below them, after recursion so deep that the frames are
-- elsewhere in memory.
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
local function sum(n) local s = 0 for i = 1, n do s = s + i end return s end
for i = 1, 200 do sum(10) end
local kept = {}
for i = 1, 300 do kept[i] = setmetatable({}, {__gc = function() return sum(10), deep(20) end}) end
kept.first = setmetatable({}, {__gc = function(o) print("one more", sum(4), deep(3)) end})
-- In a coroutine, and by a closing value: with nothing below as well.
kept.second = setmetatable({}, {__gc = function()
  print(coroutine.wrap(function() deep(2000) return sum(3) end)())
end})
local guard <close> = setmetatable({}, {__close = function() print("closed", sum(5)) end})
print(deep(30000))
print("last line")
