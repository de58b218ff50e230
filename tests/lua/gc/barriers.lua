-- Objects that have survived collections are given new values in every way there is, by code that has run often, and
-- nothing else refers to the values. With collections everywhere, each must be found again. The values are made where they
-- are stored: one that was handed to a function has survived a collection already, and would be safe.

local function garbage()
  local t
  for i = 1, 3 do t = { n = -i } end
  return t
end

-- How many of the values that `store` makes `load` finds.
local function check(name, store, load)
  collectgarbage()
  local found = 0
  for i = 1, 40 do
    store(i)
    garbage()
    garbage()
    if load(i).n == i then found = found + 1 end
  end
  collectgarbage()
  print(name, found, load(40).n)
end

-- Variables.
do
  local v = {}
  check("upvalue", function(i) v = { n = i } end, function() return v end)
end
do
  local function run()
    local v
    local function get() return v end
    collectgarbage()
    local found = 0
    for i = 1, 40 do
      v = { n = i }
      garbage()
      garbage()
      if get().n == i then found = found + 1 end
    end
    print("shared local", found)
  end
  run()
  run()
end
check("global", function(i) Global = { n = i } end, function() return Global end)

-- Fields.
do
  local t = { x = 1, y = 2 }
  check("field", function(i) t.x = { n = i } end, function() return t.x end)
end
do
  local t = {}
  for i = 1, 40 do t["field" .. i] = i end
  t.x = 1
  check("field of many", function(i) t.x = { n = i } end, function() return t.x end)
end
do
  local t = setmetatable({ x = 1 }, { __newindex = print, __index = print })
  check("field with metatable", function(i) t.x = { n = i } end, function() return t.x end)
end
do
  -- Objects of several shapes at one place of the program.
  local list = {}
  for i = 1, 4 do
    list[i] = { x = 1 }
    list[i]["extra" .. i] = i
  end
  check("field, several shapes", function(i) list[i % 4 + 1].x = { n = i } end,
    function(i) return list[i % 4 + 1].x end)
end
do
  local list = {}
  for i = 1, 40 do list[i] = { a = i } end
  check("new field", function(i) list[i].b = { n = i } end, function(i) return list[i].b end)
end
do
  local list = {}
  for i = 1, 40 do list[i] = {} end
  check("first field", function(i) list[i].b = { n = i } end, function(i) return list[i].b end)
end
do
  local t = {}
  check("many new fields", function(i) t["key" .. i] = { n = i } end, function(i) return t["key" .. i] end)
end

-- Other keys.
do
  local t = { [1.5] = 1, [true] = 2 }
  local function key(i) if i % 2 == 0 then return 1.5 else return true end end
  check("other key", function(i)
    local k = key(i)
    t[k] = { n = i }
  end, function(i) return t[key(i)] end)
end
do
  local t = {}
  check("new other key", function(i) t[i + 0.5] = { n = i } end, function(i) return t[i + 0.5] end)
end
do
  local t = {}
  check("new object as key", function(i)
    for k in next, t do t[k] = nil end
    t[{ n = i }] = true
  end, function() return (next(t)) end)
end

-- Elements.
for _, size in ipairs { 1, 40, 5000, 20000 } do
  local t = {}
  for i = 1, size do t[i] = false end
  local function place(i) return (i * 7919) % size + 1 end
  check("element of " .. size, function(i)
    local k = place(i)
    t[k] = { n = i }
  end, function(i) return t[place(i)] end)
  check("appended to " .. size, function(i) t[size + i] = { n = i } end, function(i) return t[size + i] end)
end
do
  local t = { false, false, false }
  check("known element", function(i) t[2] = { n = i } end, function() return t[2] end)
end
do
  local list = {}
  for i = 1, 40 do list[i] = { 0.5, 1.5, 2.5 } end
  check("element among floats", function(i) list[i][2] = { n = i } end, function(i) return list[i][2] end)
end
do
  local list = {}
  for i = 1, 40 do list[i] = { 1, 2, 3 } end
  check("element among integers", function(i) list[i][2] = { n = i } end, function(i) return list[i][2] end)
end
do
  local t = { {}, {} }
  check("table.insert", function(i) table.insert(t, 1, { n = i }) end, function() return t[1] end)
  check("rawset", function(i) rawset(t, "x", { n = i }) end, function() return rawget(t, "x") end)
end

-- Metatables.
do
  local t = {}
  check("metatable", function(i) setmetatable(t, { n = i }) end, function() return getmetatable(t) end)
end
do
  local list = {}
  for i = 1, 40 do list[i] = {} end
  check("first metatable", function(i) setmetatable(list[i], { n = i }) end,
    function(i) return getmetatable(list[i]) end)
end

-- Coroutines.
do
  local held = coroutine.wrap(function(i)
    local v
    while true do
      if i then v = { n = i } end
      i = coroutine.yield(v)
    end
  end)
  held(0)
  check("local of a coroutine", function(i) held(i) end, function() return held(nil) end)
end
