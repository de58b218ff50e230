-- Sizes that table.create refuses, and fields it makes room for at once.
local most <const> = 2 ^ 31 - 1 | 0
print(pcall(table.create, 0, most))
print(pcall(table.create, 0, most + 1))
print(pcall(table.create, most + 1))
print(pcall(table.create, -1))
print(pcall(table.create, 0, -1))

local before = collectgarbage("count")
local t = table.create(0, 5000)
print("reserved", (collectgarbage("count") - before) * 1024 > 5000 * 12)
for i = 1, 5000 do t["key" .. i] = i end
for i = 1, 5000, 2 do t["key" .. i] = nil end
local n, sum = 0, 0
for k, v in pairs(t) do
  assert(k == "key" .. v)
  n, sum = n + 1, sum + v
end
print(n, sum, t.key1, t.key2, t.key4999, t.key5000)
t[1], t[2], t.x = "a", "b", "c"
setmetatable(t, { __index = function(_, k) return k end })
print(#t, t.x, t.y, t.key3, next({}))
