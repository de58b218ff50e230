-- All solutions of the n-queens problem, three ways, which must agree.

-- Backtracking with one table per kind of line.
local function backtrack(n)
  local columns, up, down, placed = {}, {}, {}, {}
  local count, first = 0, nil
  local function place(row)
    if row > n then
      count = count + 1
      first = first or table.concat(placed, " ")
      return
    end
    for c = 1, n do
      if not columns[c] and not up[row + c] and not down[row - c] then
        columns[c], up[row + c], down[row - c], placed[row] = true, true, true, c
        place(row + 1)
        columns[c], up[row + c], down[row - c] = nil, nil, nil
      end
    end
  end
  place(1)
  return count, first
end

-- Bit masks: a column is a bit, and diagonals move by shifting.
local function bits(n)
  local all = (1 << n) - 1
  local function place(columns, left, right)
    if columns == all then return 1 end
    local count, free = 0, all & ~(columns | left | right)
    while free ~= 0 do
      local bit = free & -free
      free = free ~ bit
      count = count + place(columns | bit, (left | bit) << 1, (right | bit) >> 1)
    end
    return count
  end
  return place(0, 0, 0)
end

-- Permutations from a coroutine, filtered.
local function filtered(n)
  local function permute(list, k)
    if k == 0 then coroutine.yield(list) return end
    for i = 1, k do
      list[i], list[k] = list[k], list[i]
      permute(list, k - 1)
      list[i], list[k] = list[k], list[i]
    end
  end
  local count = 0
  for list in coroutine.wrap(function()
    local list = {}
    for i = 1, n do list[i] = i end
    permute(list, n)
  end) do
    for i = 1, n do
      for j = i + 1, n do
        if math.abs(list[i] - list[j]) == j - i then goto attacked end
      end
    end
    count = count + 1
    ::attacked::
  end
  return count
end

for n = 1, 7 do
  local count, first = backtrack(n)
  print(n, count, bits(n), n <= 6 and filtered(n) or "-", first)
end
print(8, (backtrack(8)), bits(8))

local _, first = backtrack(8)
for c in first:gmatch("%d") do
  print(("."):rep(c - 1) .. "Q" .. ("."):rep(8 - c))
end
