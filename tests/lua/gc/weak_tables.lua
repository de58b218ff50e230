-- Weak values, weak keys, both, and what never leaves a weak table.
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
local function full() collectgarbage() collectgarbage() end
-- weak values
local v = setmetatable({}, { __mode = "v" })
local keep = {}
v[1], v.a, v[2], v.b = {}, {}, keep, keep
v.str, v.num, v.bool, v.fn = "string", 42, true, print
v[10] = function() return keep end
full()
print(v[1], v.a, v[2] == keep, v.b == keep, v.str, v.num, v.bool, v.fn == print, v[10], count(v))
keep = nil
full()
print(v[2], v.b, v.str, count(v))
-- weak keys
local k = setmetatable({}, { __mode = "k" })
local key = {}
k[key], k[{}], k[function() end], k["s"], k[1], k[true] = "live", "dead", "dead fn?", "str", "int", "bool"
full()
print(k[key], k.s, k[1], k[true], count(k) >= 4, count(k) <= 5)
k[key] = nil
k[key] = { "table value" }
full()
print(k[key][1])
key = nil
full()
local left = {}
for kk in pairs(k) do if type(kk) == "table" then left[#left + 1] = kk end end
print(#left)
-- both
local kv = setmetatable({}, { __mode = "kv" })
local a, b = {}, {}
kv[a], kv[b], kv[{}] = b, {}, a
full()
print(kv[a] == b, kv[b], count(kv))
a = nil
full()
print(count(kv))
-- a strong reference elsewhere keeps entries; removing it frees them
local cache, strong = setmetatable({}, { __mode = "v" }), {}
for i = 1, 100 do local o = { i } cache[i] = o if i % 2 == 0 then strong[#strong + 1] = o end end
full()
local n, s = 0, 0
for i = 1, 100 do if cache[i] then n = n + 1 s = s + cache[i][1] end end
print(n, s)
strong = nil
full()
print(count(cache))
-- the mode can be set, changed and removed later
local m = {}
local mt = {}
setmetatable(m, mt)
m[1] = {}
full()
print(m[1] ~= nil)
mt.__mode = "v"
full()
print(m[1])
mt.__mode = nil
m[2] = {}
full()
print(m[2] ~= nil)
setmetatable(m, { __mode = "v" })
full()
print(m[2])
-- other letters and non-string modes mean strong
local odd = setmetatable({ {} }, { __mode = "xyz" })
local odd2 = setmetatable({ {} }, { __mode = 5 })
full()
print(odd[1] ~= nil, odd2[1] ~= nil)
-- strings are values: never removed from weak tables, also when computed
local ws = setmetatable({}, { __mode = "kv" })
for i = 1, 10 do ws["computed" .. i] = "value" .. i end
full()
print(count(ws), ws.computed10)
-- coroutines, closures and userdata
local objs = setmetatable({}, { __mode = "v" })
objs.co = coroutine.create(function() coroutine.yield() end)
coroutine.resume(objs.co)
local up = {}
objs.cl = (function() local x = {} return function() return x, up end end)()
full()
print(objs.co, objs.cl)
-- a weak array with holes keeps its other elements and can be refilled
local arr, hold = setmetatable({}, { __mode = "v" }), {}
for i = 1, 20 do local o = { i } arr[i] = o if i > 10 then hold[i] = o end end
full()
print(arr[1], arr[11][1], arr[20][1], count(arr))
for i = 1, 10 do hold[i] = { -i } arr[i] = hold[i] end
full()
print(arr[1][1], arr[10][1], count(arr))
-- clearing during traversal
local tr = setmetatable({}, { __mode = "k" })
for i = 1, 50 do tr[{}] = i end
local visited = 0
for kk, vv in pairs(tr) do visited = visited + 1 tr[kk] = nil if visited % 10 == 0 then collectgarbage() end end
print(visited <= 50, count(tr))
