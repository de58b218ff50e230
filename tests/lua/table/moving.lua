-- table.insert, remove and move over many elements: lists of one kind and of several, to where there is no list yet, over
-- itself in both directions, with holes, between lists, and while collections run.

local function sum(t, n)
  local s = 0
  for i = 1, n or #t do
    local v = t[i]
    s = (s * 31 + (type(v) == "number" and v or type(v) == "table" and v.n or type(v) == "string" and #v or v and 1 or 0)) % 1000003
  end
  return s
end

local makers = {
  integers = function(i) return i end,
  floats = function(i) return i + 0.5 end,
  large = function(i) return i << 50 end,
  strings = function(i) return ("x"):rep(i % 7) end,
  tables = function(i) return { n = i } end,
  mixed = function(i) return ({ i, i + 0.5, "y", true, { n = i } })[i % 5 + 1] end,
}

for _, name in ipairs { "integers", "floats", "large", "strings", "tables", "mixed" } do
  local make = makers[name]
  local function list(n) local t = {} for i = 1, n do t[i] = make(i) end return t end
  local t = list(300)
  for i = 1, 50 do table.insert(t, i * 3, make(i)) end
  table.insert(t, 1, "first")
  table.insert(t, #t, make(4))
  table.insert(t, #t + 1, make(5))
  print(name, #t, sum(t))
  local removed = {}
  for i = 1, 50 do removed[i] = table.remove(t, i * 2) end
  removed[51], removed[52] = table.remove(t, 1), table.remove(t)
  print(#t, sum(t), sum(removed))
  print(sum(table.move(list(100), 1, 50, 26)), sum(table.move(list(100), 26, 75, 1)))
  print(sum(table.move(list(100), 1, 100, 51)), sum(table.move(list(100), 1, 100, 101)), sum(table.move(list(100), 1, 100, 1)))
  print(sum(table.move(list(100), 11, 60, 1, {})), sum(table.move(list(100), 11, 60, 31, list(90))))
  local holes = list(40)
  holes[7], holes[20] = nil, nil
  print(sum(table.move(holes, 1, 40, 5), 44), sum(table.move(list(60), 1, 40, 5, holes), 44), sum(table.move(holes, 1, 44, 3, list(50)), 60))
  print(sum(table.move(list(50), 5, 30, 5, makers == nil or setmetatable({}, { __newindex = function(o, k, v) rawset(o, k, v) end })), 30))
end

-- Between lists of different kinds.
do
  local ints, floats, any = {}, {}, {}
  for i = 1, 50 do ints[i], floats[i], any[i] = i, i / 2, tostring(i) end
  print(sum(table.move(floats, 1, 20, 11, ints)), math.type(ints[11]), math.type(ints[31]))
  print(sum(table.move(any, 1, 20, 11, floats)), type(floats[11]), type(floats[31]))
  print(sum(table.move(ints, 1, 50, 1, any)), type(any[1]), any[50])
end

-- Old lists get young values.
do
  local old, source = {}, {}
  for i = 1, 6000 do old[i] = { n = 0 } end
  collectgarbage()
  for round = 1, 3 do
    for i = 1, 5000 do source[i] = { n = i * round } end
    table.move(source, 1, 5000, 500, old)
    source = {}
    for i = 1, 50 do table.insert(old, 1, { n = i }) table.remove(old, 100) end
    collectgarbage("step")
    collectgarbage("step")
    print(#old, sum(old))
  end
end

-- Order, where metamethods see it.
do
  local order = {}
  local p = setmetatable({}, {
    __index = function(_, k) order[#order + 1] = "r" .. k return k end,
    __newindex = function(_, k) order[#order + 1] = "w" .. k end, __len = function() return 4 end,
  })
  table.insert(p, 2, "x")
  table.remove(p, 2)
  table.move(p, 1, 3, 2)
  table.move(p, 2, 3, 1)
  table.move(p, 1, 2, 2, setmetatable({}, { __eq = function() return true end }))
  print(table.concat(order, " "))
end
