-- Tables with weak keys: a value does not keep its own key alive.
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
local function full() collectgarbage() collectgarbage() end
local e = setmetatable({}, { __mode = "k" })
-- value refers to the key directly
do local k = {} e[k] = k end
do local k = {} e[k] = { k } end
do local k = {} e[k] = function() return k end end
do local k = {} e[k] = setmetatable({}, { __index = k }) end
full()
print(count(e))
-- while the key is alive elsewhere, so is the value
local key = {}
e[key] = { back = key, data = "payload" }
full()
print(count(e), e[key].data, e[key].back == key)
-- a chain: key1 alive -> value holds key2 -> value holds key3 ...
local first = {}
local k = first
for i = 1, 50 do local nxt = { i } e[k] = nxt k = nxt end
k = nil
full()
local len, cur = 0, first
while e[cur] do cur = e[cur] len = len + 1 end
print(len, count(e))
first, cur = nil, nil
full()
print(count(e))
-- chains built in the opposite order
local last = {}
do
  local node = last
  local nodes = { last }
  for i = 1, 30 do nodes[i + 1] = {} end
  for i = 30, 1, -1 do e[nodes[i]] = nodes[i + 1] end
end
full()
print(count(e))
last = nil
full()
print(count(e))
-- cycles between two ephemeron tables
local e1, e2 = setmetatable({}, { __mode = "k" }), setmetatable({}, { __mode = "k" })
do local a, b = {}, {} e1[a] = b e2[b] = a end
local ka, kb = {}, {}
e1[ka] = kb
e2[kb] = ka
kb = nil
full()
print(count(e1), count(e2), e2[e1[ka]] == ka)
ka = nil
full()
print(count(e1), count(e2))
-- the table itself as key and value
local selft = setmetatable({}, { __mode = "k" })
selft[selft] = selft
full()
print(count(selft), selft[selft] == selft)
-- private data of objects does not leak
local private = setmetatable({}, { __mode = "k" })
local Obj = {}
Obj.__index = Obj
local function new(v) local o = setmetatable({}, Obj) private[o] = { owner = o, v = v } return o end
function Obj:get() return private[self].v end
local alive = {}
for i = 1, 100 do local o = new(i) if i % 10 == 0 then alive[#alive + 1] = o end end
full()
local sum = 0
for _, o in ipairs(alive) do sum = sum + o:get() end
print(count(private), sum)
-- memoisation keyed by functions and tables
local memo, calls = setmetatable({}, { __mode = "k" }), 0
local function describe(t) local d = memo[t] if not d then calls = calls + 1 d = "size " .. #t memo[t] = d end return d end
local t1, t2 = { 1, 2 }, { 1, 2, 3 }
for _ = 1, 50 do describe(t1) describe(t2) collectgarbage("step") end
print(calls, describe(t1), describe(t2))
t1 = nil
full()
print(count(memo))
-- weak keys with non-collectable keys are strong entries
local plain = setmetatable({}, { __mode = "k" })
plain[1], plain.x, plain[true] = {}, {}, {}
full()
print(plain[1] ~= nil, plain.x ~= nil, plain[true] ~= nil)
-- many entries, half of them reachable through the others
local big, roots = setmetatable({}, { __mode = "k" }), {}
for i = 1, 200 do local x, y = {}, {} big[x] = y big[y] = i if i % 4 == 0 then roots[#roots + 1] = x end end
full()
local good = 0
for _, r in ipairs(roots) do if math.type(big[big[r]]) == "integer" then good = good + 1 end end
print(count(big), good)
