-- table.sort of records with a comparator closure: calls from native code back into Lua.
local function run(n)
  local seed = 12345
  local function random(limit)
    seed = (seed * 48271) % 2147483647
    return seed % limit
  end
  local records = {}
  for i = 1, n do records[i] = { group = random(100), weight = random(1000000) / 8, id = i } end
  table.sort(records, function(a, b)
    if a.group ~= b.group then return a.group < b.group end
    if a.weight ~= b.weight then return a.weight > b.weight end
    return a.id < b.id
  end)
  local check = 0
  for i, record in ipairs(records) do check = (check * 31 + record.id * i) % 4294967296 end
  return check
end

return { name = "sort comparator", n = 45000, run = run, expect = "3015197556" }
