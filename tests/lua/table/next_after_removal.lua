-- `next` goes on behind a key whose value has been removed, whatever sort of key it is.

local function keys_of(t, remove)
  local seen = {}
  local k = next(t)
  while k ~= nil do
    seen[#seen + 1] = tostring(k)
    remove(t, k)
    k = next(t, k)
  end
  table.sort(seen)
  return #seen, table.concat(seen, " ")
end

local function removes(t, k) t[k] = nil end
local function replaces(t, k) t[k] = "new" end
local turn = 0
local function in_turn(t, k)
  turn = turn + 1
  if turn % 2 == 0 then t[k] = nil end
end

local makers = {
  elements = function() return { 1, 2, 3, 4, 5, 6, 7, 8 } end,
  fields = function() return { a = 1, b = 2, c = 3, d = 4, e = 5 } end,
  sparse = function()
    local t = {}
    for i = 1, 12 do t[i * 1000] = i end
    return t
  end,
  floats = function()
    local t = {}
    for i = 1, 12 do t[i + 0.5] = i end
    return t
  end,
  booleans = function() return { [true] = 1, [false] = 2 } end,
  mixed = function()
    local t = { 10, 20, 30, x = 1, y = 2, [-1] = 3, [2.5] = 4, [true] = 5 }
    for i = 1, 20 do t["field" .. i] = i end
    for i = 1, 20 do t[i << 20] = i end
    return t
  end,
}
local names = {}
for name in pairs(makers) do names[#names + 1] = name end
table.sort(names)

for _, name in ipairs(names) do
  for how, change in ipairs { removes, replaces, in_turn } do
    local t = makers[name]()
    print(name, how, keys_of(t, change))
    local left = 0
    for _ in pairs(t) do left = left + 1 end
    if how ~= 3 then print("left", left) end
  end
end

-- The same by loops, which keep their place in other ways.
for _, name in ipairs(names) do
  local t, n = makers[name](), 0
  for k in pairs(t) do
    n = n + 1
    t[k] = nil
  end
  print(name, n, next(t))
end
