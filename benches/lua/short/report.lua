-- Reads a table of sales, groups, sorts and formats it, once: a few milliseconds.

local rows, seed = {}, 3
local regions, products = { "north", "south", "east", "west" }, { "apples", "pears", "plums", "cherries", "grapes" }
for i = 1, 400 do
  seed = (seed * 16807) % 2147483647
  rows[i] = table.concat({ i, regions[seed % 4 + 1], products[seed % 5 + 1], seed % 1000 / 100, seed % 50 + 1 }, ";")
end

local function split(line)
  local fields = {}
  for field in (line .. ";"):gmatch("(.-);") do fields[#fields + 1] = field end
  return fields
end

local groups, order, sum = {}, {}, 0
for _, line in ipairs(rows) do
  local fields = split(line)
  local key = fields[2] .. "/" .. fields[3]
  local group = groups[key]
  if not group then
    group = { key = key, amount = 0, count = 0, best = 0 }
    groups[key] = group
    order[#order + 1] = group
  end
  local amount = tonumber(fields[4]) * tonumber(fields[5])
  group.amount = group.amount + amount
  group.count = group.count + 1
  group.best = math.max(group.best, amount)
  sum = sum + amount
end
table.sort(order, function(a, b) return a.amount > b.amount end)
print(string.format("%-16s %10s %6s %10s %6s", "group", "amount", "count", "best", "share"))
for _, group in ipairs(order) do
  print(string.format("%-16s %10.2f %6d %10.2f %5.1f%%", group.key, group.amount, group.count, group.best, group.amount / sum * 100))
end
print(string.format("%-16s %10.2f %6d", "total", sum, #rows))
