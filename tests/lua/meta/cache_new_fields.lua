-- New fields of objects made alike, by code that has run often, while what their class says about new fields changes.

local log = {}
local function note(t, k, v)
  log[#log + 1] = k .. "=" .. tostring(v)
  rawset(t, k, v)
end

local function construct(class, x, y)
  local self = setmetatable({}, class)
  self.x = x
  self.y = y
  return self
end

local function count_and_clear()
  local n, last = #log, log[#log]
  log = {}
  return n, last
end

local function run(name, class, base)
  for i = 1, 20 do construct(class, i, -i) end
  print(name, "at first", count_and_clear())
  base.__newindex = note
  local o = construct(class, 1, 2)
  print(name, "function", o.x, o.y, count_and_clear())
  local sink = {}
  base.__newindex = sink
  o = construct(class, 3, 4)
  print(name, "table", o.x, o.y, rawget(o, "x"), sink.x, sink.y)
  base.__newindex = nil
  o = construct(class, 5, 6)
  print(name, "none", o.x, o.y, count_and_clear())
  for i = 1, 20 do construct(class, i, -i) end
  base.__newindex = note
  o = construct(class, nil, false)
  print(name, "nil", o.x, o.y, count_and_clear())
  base.__newindex = nil
end

local class = {}
run("own", class, class)

-- `__newindex` of the metatable's own metatable must make no difference; that of a class replaced must.
local outer = {}
local inner = setmetatable({}, outer)
run("other", inner, inner)
outer.__newindex = note
local o = construct(inner, 1, 2)
print("outer", o.x, o.y, count_and_clear())

-- A class that is shared by code that has seen other classes.
for i = 1, 6 do
  local other = { ["field" .. i] = true }
  for _ = 1, 10 do construct(other, 1, 2) end
  other.__newindex = note
  construct(other, i, i)
  print("shared", i, count_and_clear())
end

-- The same field, where the object itself comes first.
local function put(o, v)
  o.z = v
  return rawget(o, "z")
end
local plain = {}
for i = 1, 20 do put(setmetatable({ a = 1 }, plain), i) end
plain.__newindex = note
print(put(setmetatable({ a = 1 }, plain), 7), count_and_clear())
plain.__newindex = function() end
print(put(setmetatable({ a = 1 }, plain), 8), count_and_clear())
print(put({ a = 1 }, 9), count_and_clear())
