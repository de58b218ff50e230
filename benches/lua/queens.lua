-- Counts the solutions of the 12-queens problem, n times, with arrays of booleans.
local function solutions(n)
  local columns, up, down = {}, {}, {}
  for i = 1, n do columns[i] = true end
  for i = 1, 2 * n do up[i], down[i] = true, true end
  local function place(row)
    if row > n then return 1 end
    local count = 0
    for c = 1, n do
      local u, d = row + c, row - c + n
      if columns[c] and up[u] and down[d] then
        columns[c], up[u], down[d] = false, false, false
        count = count + place(row + 1)
        columns[c], up[u], down[d] = true, true, true
      end
    end
    return count
  end
  return place(1)
end

local function run(n)
  local count
  for _ = 1, n do count = solutions(12) end
  return count
end

return { name = "queens", n = 1, run = run, expect = "14200" }
