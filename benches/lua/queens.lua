-- Counts the solutions of the n-queens problem with arrays of booleans.
local function run(n)
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

return { name = "queens", n = 9, run = run, expect = "352" }
