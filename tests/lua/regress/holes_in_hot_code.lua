-- Where a value is nil, a metamethod has a say, also in code that has found other values there many times.

local log = {}
local function noted(t, k, v)
  log[#log + 1] = k .. "=" .. tostring(v)
  rawset(t, k, v)
end

-- Elements of arrays: a hole in the middle, the end, and beyond it.
local function store(t, i, v)
  t[i] = v
end

local function store_second(t, v)
  t[2] = v
end

for _, list in ipairs { { 1, 2, 3, 4 }, { "a", "b", "c", "d" }, { 1.5, 2.5, 3.5, 4.5 }, { 1, "b", 2.5, true } } do
  local t = setmetatable(list, { __newindex = noted })
  for round = 1, 20 do
    for i = 1, 4 do store(t, i, t[i]) end
    store_second(t, t[2])
  end
  print("full", #log)
  t[2] = nil
  store(t, 2, "back")
  print(#log, log[#log], t[2])
  t[2] = nil
  store_second(t, "again")
  print(#log, log[#log], t[2])
  t[3] = nil
  store(t, 3, nil)
  print(#log, log[#log], t[3])
  t[4] = nil
  store(t, 4, 40)
  print(#log, log[#log], t[4])
  store(t, 5, 50)
  print(#log, log[#log], t[5])
end

-- An array of floats in which something else is stored.
local function replace(t, i, v)
  t[i] = v
end
for _, v in ipairs { 7, "s", true, 0.25, {} } do
  local t = { 0.5, 1.5, 2.5 }
  for _ = 1, 20 do replace(t, 2, 3.5) end
  replace(t, 2, v)
  print(type(t[2]), math.type(t[2]), t[2] == v)
end
do
  local t = { 0.5, 1.5, 2.5 }
  for _ = 1, 20 do replace(t, 3, 3.5) end
  replace(t, 3, nil)
  print(#t, t[3])
  local kept = { 0.5, 1.5 }
  for _ = 1, 20 do replace(kept, 1, 9.5) end
  replace(kept, 1, "made " .. #t)
  collectgarbage()
  for i = 1, 100 do local _ = "other " .. i end
  collectgarbage()
  print(kept[1], kept[2])
end

-- Fields that are there as a rule.
local function read(t)
  return t.x
end
local function write(t, v)
  t.x = v
end
local class = { x = "of the class" }
class.__index = class
class.__newindex = noted
local t = setmetatable({}, class)
rawset(t, "x", 1)
for _ = 1, 20 do write(t, read(t) + 1) end
print(read(t), #log)
t.x = nil
print(read(t))
write(t, "new")
print(read(t), log[#log])
t.x = nil
class.x = "changed"
print(read(t))
class.x = nil
print(read(t))
class.__index = function(_, k) return "function of " .. k end
print(read(t))

-- The same with more fields than fit into an object.
local many = setmetatable({}, { __index = { x = "default" } })
for i = 1, 40 do many["field" .. i] = i end
many.x = 0
for _ = 1, 20 do many.x = read(many) + 1 end
print(read(many))
many.x = nil
print(read(many))
