-- Store sites that run hot while __newindex, metatables and shapes change.
local log = {}
local function put(o, v) o.field = v end
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
local mt = {} local function fresh() return setmetatable({}, mt) end
local hits = 0
local function phase(name, n)
  hits = 0 local stored = 0
  for i = 1, n do local o = fresh() put(o, i) if rawget(o, "field") == i then stored = stored + 1 end end
  print(name, stored, hits)
end
phase("no handler", 150)
mt.__newindex = function() hits = hits + 1 end phase("swallow", 150)
mt.__newindex = function(t, k, v) hits = hits + 1 rawset(t, k, v) end phase("rawset", 150)
local side = {} mt.__newindex = side phase("table", 150) print(side.field)
mt.__newindex = nil phase("removed", 150)
mt.__index = { field = "inherited" } phase("inherited read", 150)
mt.__newindex = function() hits = hits + 1 end phase("with both", 150) mt.__index, mt.__newindex = nil, nil
-- an existing field is stored without the handler, a deleted one again with it
local o = setmetatable({ field = 0 }, { __newindex = function(t, k, v) hits = hits + 1 rawset(t, k, v) end }) hits = 0
for i = 1, 300 do put(o, i) if i % 100 == 0 then o.field = nil end end print(hits, o.field) put(o, "x") print(hits, o.field)
-- metatable swapped on the object between stores
local m1, m2 = { __newindex = function(t, k, v) log[1] = (log[1] or 0) + 1 end },
  { __newindex = function(t, k, v) log[2] = (log[2] or 0) + 1 end }
local p = {}
for i = 1, 300 do setmetatable(p, i % 3 == 0 and m1 or i % 3 == 1 and m2 or nil) put(p, i) p.field = nil end
print(log[1], log[2], next(p))
-- polymorphic stores: objects of several layouts through one site
local makers = { function() return {} end, function() return { a = 1 } end, function() return { a = 1, b = 2 } end,
  function() return { field = 0 } end, function() return { b = 1, field = 0, a = 2 } end,
  function() return { 1, 2, 3 } end,
  function() return setmetatable({}, { __newindex = function(t, k, v) rawset(t, k, v * 2) end }) end }
local sum = 0 for i = 1, 350 do local t = makers[i % #makers + 1]() put(t, i) sum = sum + t.field end print(sum)
-- many properties in different orders end up with equal content
local keys = { "alpha", "beta", "gamma", "delta", "eps" } local ok = true
for i = 0, 199 do
  local t = {}
  for j = 0, 4 do t[keys[(i * (i % 4 + 1) + j) % 5 + 1]] = i end
  for _, k in ipairs(keys) do ok = ok and t[k] == i end ok = ok and count(t) == 5
end
print(ok)
-- fields deleted and added again
local d = {}
for round = 1, 100 do
  for _, k in ipairs(keys) do d[k] = round end
  for j, k in ipairs(keys) do if (round + j) % 2 == 0 then d[k] = nil end end
end
local left = {} for k, v in pairs(d) do left[#left + 1] = k .. v end table.sort(left) print(table.concat(left, " "))
-- nil stores on absent fields create nothing, with and without handler
local e = {} for i = 1, 100 do e.none = nil e["k" .. i] = nil end print(next(e)) hits = 0
local h = setmetatable({}, { __newindex = function() hits = hits + 1 end })
for i = 1, 100 do h.none = nil end print(hits)
-- the value stored has changing kinds
local kinds = { 1, 2.5, "s", true, false, {}, print, 1 << 60, -0.0, "long" .. ("g"):rep(60) }
local v = {}
for i = 1, 200 do
  local k = kinds[i % #kinds + 1] v.slot = k
  assert(v.slot == k and math.type(v.slot) == math.type(k))
end
print(type(v.slot))
-- constructor objects shared by a site, then mutated one by one
local objs = {} for i = 1, 120 do objs[i] = { x = i, y = -i } end
for i, t in ipairs(objs) do
  if i % 2 == 0 then t.z = i end if i % 3 == 0 then t.x = nil end if i % 5 == 0 then t.y = "s" end
end
local sx, sy, sz = 0, 0, 0
for _, t in ipairs(objs) do sx = sx + (t.x or 0) sy = sy + (t.y == "s" and 1 or 0) sz = sz + (t.z or 0) end
print(sx, sy, sz)
-- setting through a class: instances keep their own, the class keeps the default
local C = { n = 0 } C.__index = C function C:inc() self.n = self.n + 1 return self.n end
local i1, i2 = setmetatable({}, C), setmetatable({}, C)
for i = 1, 150 do i1:inc() if i % 3 == 0 then i2:inc() end end
print(i1.n, i2.n, C.n, rawget(C, "n")) C.n = 1000 print(setmetatable({}, C):inc(), i1:inc())
-- counters on objects created with extra keys later turned into dictionaries
local dict = { base = 1 }
for i = 1, 500 do dict["key" .. i] = i dict.base = dict.base + 1 end
for i = 1, 500, 2 do dict["key" .. i] = nil end for i = 1, 100 do dict.base = dict.base + 1 end
print(dict.base, dict.key2, dict.key3, count(dict))
