-- Combinatorial generators as coroutines and as plain iterators, which must agree.
local function permute(list)
  local n = #list
  local function go(k)
    if k == n then coroutine.yield(list) return end
    for i = k, n do
      list[k], list[i] = list[i], list[k]
      go(k + 1)
      list[k], list[i] = list[i], list[k]
    end
  end
  return coroutine.wrap(function() go(1) end)
end

-- The next permutation in lexicographic order, in place; false after the last.
local function advance(list)
  local i = #list - 1
  while i > 0 and list[i] >= list[i + 1] do i = i - 1 end
  if i <= 0 then return false end
  local j = #list
  while list[j] <= list[i] do j = j - 1 end
  list[i], list[j] = list[j], list[i]
  local a, b = i + 1, #list
  while a < b do
    list[a], list[b] = list[b], list[a]
    a, b = a + 1, b - 1
  end
  return true
end

local function combine(list, k)
  return coroutine.wrap(function()
    local picked = {}
    local function go(from)
      if #picked == k then coroutine.yield(table.unpack(picked)) return end
      for i = from, #list - (k - #picked) + 1 do
        picked[#picked + 1] = list[i]
        go(i + 1)
        picked[#picked] = nil
      end
    end
    go(1)
  end)
end

local function product(...)
  local lists = { ... }
  return coroutine.wrap(function()
    local values = {}
    local function go(i)
      if i > #lists then coroutine.yield(table.concat(values)) return end
      for _, v in ipairs(lists[i]) do
        values[i] = v
        go(i + 1)
      end
    end
    go(1)
  end)
end

local function partitions(n)
  local function go(rest, largest, prefix)
    if rest == 0 then coroutine.yield(prefix) return end
    for part = math.min(rest, largest), 1, -1 do
      go(rest - part, part, prefix == "" and tostring(part) or prefix .. "+" .. part)
    end
  end
  return coroutine.wrap(function() go(n, n, "") end)
end

for list in permute { "a", "b", "c" } do io.write(table.concat(list), " ") end
print()
local list = { 1, 2, 3 }
repeat io.write(table.concat(list), " ") until not advance(list)
print()
list = { 1, 1, 2, 2 }
repeat io.write(table.concat(list), " ") until not advance(list)
print()

for n = 0, 6 do
  local seen, count, total = {}, 0, 0
  local start = {}
  for i = 1, n do start[i] = i end
  if n > 0 then
    for p in permute(start) do
      local key = table.concat(p, ",")
      if not seen[key] then seen[key], count = true, count + 1 end
    end
  end
  local walk = table.move(start, 1, n, 1, {})
  repeat total = total + 1 until not advance(walk)
  io.write(n, ":", count, "/", total, " ")
end
print()

for a, b in combine({ "w", "x", "y", "z" }, 2) do io.write(a, b, " ") end
print()
for k = 0, 6 do
  local count = 0
  for _ in (k > 0 and combine({ 1, 2, 3, 4, 5, 6 }, k) or function() end) do count = count + 1 end
  io.write(count, " ")
end
print()
for word in product({ "n", "s" }, { "e", "w" }, { "1", "2" }) do io.write(word, " ") end
print()
for p in partitions(6) do io.write(p, " ") end
print()
for n = 1, 15 do
  local count = 0
  for _ in partitions(n) do count = count + 1 end
  io.write(count, " ")
end
print()

-- A finished generator is a dead coroutine; an unfinished one can be dropped.
local g = permute { 1 }
print(g()[1], pcall(g), pcall(g))
local thread = coroutine.create(function() for p in permute { 1, 2 } do coroutine.yield(table.concat(p)) end return "done" end)
print(coroutine.resume(thread)) print(coroutine.resume(thread)) print(coroutine.resume(thread)) print(coroutine.resume(thread))
print(coroutine.status(thread))
