-- Lengths of lists with holes. Any border would be right; these are the ones that programs have come to rely on.
local function nothing(...) return ... end
local function row(what, ...)
  local lengths = {}
  for i = 1, select("#", ...) do lengths[i] = #(select(i, ...)) end
  print(what, table.concat(lengths, " "))
end

row("constructors", {nil}, {nil, 2}, {1, nil, 3}, {1, nil, nil, 4}, {nil, nil, 3}, {1, 2, nil, nil}, {nil, 2, nil},
  {1, 2, 3, nil, 5, 6}, {1, 2, nil, 4, 5, 6, 7, 8})
row("open ends", {nothing()}, {nothing(nil, 2)}, {nothing(1, nil)}, {nothing(1, nil, 3)}, {0, nothing(nil, 2)},
  {0, 1, nothing(nil, nil, 4)}, (function(...) return {...} end)(nil, nil, 3))
row("with fields", {n = 1, nil, 2}, {n = 1, 1, nil, 3}, {a = 1, b = 2, 1, 2, nil, 4}, {1, nil, 3, x = 1, y = 2, z = 3})
row("packed", table.pack(), table.pack(nil), table.pack(nil, 2), table.pack(1, nil), table.pack(nil, nil, 3, nil))

-- Tables are made by a program of stores: a number is a key to be set, a negative one a key to be cleared.
local function build(t, program)
  for _, key in ipairs(program) do
    if key > 0 then t[key] = key else t[-key] = nil end
  end
  return t
end
local function both(what, ...)
  row(what, build({}, {...}), build({x = 1}, {...}), build({x = 1, y = 2}, {...}), build({x = 1, y = 2, z = 3}, {...}),
    build(table.create(4), {...}))
end
both("gap of one", 1, 3)
both("gap closed", 1, 3, 2)
both("gap later", 1, 2, 4)
both("gap of two", 1, 2, 5)
both("start missing", 2, 3, 4)
both("downwards", 3, 2, 1)
both("far away", 1, 2, 3, 4, 100)
both("middle cleared", 1, 2, 3, 4, 5, -3)
both("end cleared", 1, 2, 3, 4, -4)
both("end and middle", 1, 2, 3, 4, -2, -4)
both("start cleared", 1, 2, 3, 4, -1)
both("all cleared", 1, 2, 3, -1, -2, -3)
both("refilled", 1, 2, 3, 4, -2, -3, 3, 2)

local function range(from, to, step, t)
  t = t or {}
  for i = from, to, step or 1 do t[i] = i end
  return t
end
local function without(hole, t) t[hole] = nil return t end
row("from 2", range(2, 10), range(2, 100))
row("down to 2", range(10, 2, -1), range(100, 2, -1))
row("down to 1", range(10, 1, -1), range(100, 1, -1), range(1000, 1, -1))
row("odd", range(1, 9, 2), range(1, 99, 2))
row("hole in 10", without(2, range(1, 10)), without(5, range(1, 10)), without(8, range(1, 10)), without(10, range(1, 10)))
row("added behind a hole", range(11, 14, 1, without(5, range(1, 10))))

-- Elements that a table made for more moves to its hash part, which it hasn't had before.
row("sparse in created", range(1, 28, 3, table.create(25)), range(1, 31, 3, table.create(25)), range(1, 42, 3, table.create(25)),
  range(1, 43, 3, table.create(25)), range(1, 31, 3, table.create(27)))

-- The length is looked for near where it was last.
do
  local t = range(1, 12)
  local before = #t
  t[3], t[9] = nil, nil
  print("asked before", before, #t)
  t[#t + 1] = "x"
  t[#t + 1] = "y"
  print("appended", #t, t[13], t[14])
  t[#t] = nil
  t[#t] = nil
  t[#t] = nil
  print("taken off", #t)
end
do
  local t = {}
  for i = 1, 5 do table.insert(t, i) end
  t[7] = "far"
  table.insert(t, "six")
  print("insert before another", #t, t[6], t[7], t[8])
  print("removed", table.remove(t), #t, table.remove(t), #t, table.remove(t, 1), #t)
end

-- A list with numbers of another sort in the same table.
for _, ids in ipairs{10, 1000, 1000003} do
  local t, broken = {}, 0
  local id = 1
  for i = 1, 500 do
    t[#t + 1] = i
    id = (id * 16807 + 11) % 2147483647
    t[2000 + id % (ids * 50)] = -1
    if #t ~= i or t[i] ~= i then broken = broken + 1 end
  end
  print("beside numbers", ids, broken, #t)
end
for _, key in ipairs{10, 15, 16, 17, 20, 30, 60, 100, 1000} do
  local t, asked = range(1, 8), range(1, 8)
  t[key] = "x"
  local before = #asked
  asked[key] = "x"
  print("8 and", key, #t, #asked, before)
end
