-- __newindex: functions, tables, chains, rawset.
local log = {}
local t = setmetatable({ present = 1 },
  { __newindex = function(tab, k, v) log[#log + 1] = tostring(k) .. "=" .. tostring(v) rawset(tab, k, v) end })
t.present = 2 t.a = 1 t.a = 2 t[1] = "x" t[1] = "y" t.b = nil t.b = 3 t["c d"] = false t[1.5] = 0 t[true] = 1
print(table.concat(log, " "), t.present, t.a, t[1], t.b)
log = {} t.a = nil t.a = "again" t.present = nil t.present = "p" print(table.concat(log, " "))
-- the handler decides; nothing stored by default
local sink = setmetatable({}, { __newindex = function() end }) sink.x = 1 sink[1] = 1 print(sink.x, #sink, next(sink))
-- a table handler redirects assignments
local store = {}
local proxy = setmetatable({ own = 1 }, { __newindex = store })
proxy.own = 2 proxy.other = 3 print(proxy.own, proxy.other, store.other, store.own)
local both = setmetatable({}, { __newindex = store, __index = store }) both.k = "v" print(both.k, rawget(both, "k"), store.k)
-- chain of tables ending in a function
local got = {} local last = setmetatable({}, { __newindex = function(_, k, v) got[k] = v end }) local c = last
for i = 1, 20 do c = setmetatable({}, { __newindex = c }) end
c.deep = "value" print(got.deep, next(c), next(last))
-- a field present in a middle table stops there
local m2 = { mid = 1 } local m1 = setmetatable({}, { __newindex = m2 })
setmetatable(m2, { __newindex = function() error "not here" end })
m1.mid = 5 print(m2.mid, rawget(m1, "mid")) print(pcall(function() m1.newfield = 1 end))
-- rawset bypasses
rawset(t, "raw", 1) print(t.raw, rawset(t, "r2", 2) == t)
-- nil values and nan / nil keys reach the handler
local seen = setmetatable({}, { __newindex = function(_, k, v) seen_k, seen_v = tostring(k), tostring(v) end })
seen[nil] = 1 print(seen_k, seen_v) seen.n = nil print(seen_k, seen_v) seen[0 / 0 ~= 0 / 0] = 2
print(seen_k, seen_v) seen_k, seen_v = nil, nil
-- loops and wrong values
local a, b = {}, {} setmetatable(a, { __newindex = b }) setmetatable(b, { __newindex = a }) print(pcall(function() a.x = 1 end))
print(pcall(function() setmetatable({}, { __newindex = 5 }).x = 1 end))
print(pcall(function() setmetatable({}, { __newindex = "s" }).x = 1 end))
print(pcall(function()
  local ro = setmetatable({}, { __newindex = function(_, k) error("read-only " .. k, 2) end })
  ro.x = 1
end))
-- read-only views with counting
local function readonly(src)
  return setmetatable({}, { __index = src,
    __newindex = function(_, k) error("attempt to update field '" .. tostring(k) .. "'", 2) end,
    __len = function() return #src end, __pairs = function() return next, src end })
end
local ro = readonly { 1, 2, 3, x = "x" } print(ro[2], ro.x, #ro, pcall(function() ro.y = 1 end))
print(pcall(function() ro[1] = 1 end))
local n = 0 for _ in pairs(ro) do n = n + 1 end print(n)
-- assignment during array building
local order = {} local arr = setmetatable({}, { __newindex = function(tb, i, v) order[#order + 1] = i rawset(tb, i, v * 10) end })
for i = 1, 5 do arr[#arr + 1] = i end arr[3] = 0 arr[6] = 6 print(table.concat(arr, " "), table.concat(order, " "))
-- handler added, replaced and removed while a loop stores
local mt = {} local o = setmetatable({}, mt) local counts = { plain = 0, f1 = 0, f2 = 0 }
for i = 1, 160 do
  if i == 41 then
    mt.__newindex = function(tb, k, v) counts.f1 = counts.f1 + 1 end
  elseif i == 81 then
    mt.__newindex = function(tb, k, v) counts.f2 = counts.f2 + 1 rawset(tb, k, v) end
  elseif i == 121 then
    mt.__newindex = nil
  end
  o.field = i o.field = nil o["k" .. i] = i
  if rawget(o, "k" .. i) then counts.plain = counts.plain + 1 end
end
print(counts.plain, counts.f1, counts.f2)
-- multiple assignment through handlers
local seq = {}
local s = setmetatable({}, { __newindex = function(_, k, v) seq[#seq + 1] = k .. v end })
local function val() return "X", "Y" end
s.a, s.b = val() s.c = val() table.sort(seq) print(table.concat(seq, " "))
local total = 0
local adder = setmetatable({}, { __newindex = function(_, k, v) total = total + v end,
  __index = function() return 1 end })
for i = 1, 100 do adder.x = adder.x + i end print(total)
