-- Values must survive collections at awkward moments: run with an aggressive collector.
local function run(mode)
  collectgarbage(mode)
  collectgarbage("param", "pause", 50)
  collectgarbage("param", "stepmul", 400)
  -- strings built in loops
  local s = {}
  for i = 1, 300 do s[i] = ("n" .. i):rep(3) .. tostring(i / 4) end
  local joined = table.concat(s, ",")
  -- closures with upvalues, created and dropped
  local acc, fs = 0, {}
  for i = 1, 300 do
    local a, b = { i }, "u" .. i
    fs[i % 20 + 1] = function() return a[1] + #b end
    acc = acc + fs[i % 20 + 1]()
    if i % 50 == 0 then collectgarbage("step", 10) end
  end
  -- nested tables rewritten in place
  local t = {}
  for i = 1, 200 do
    local row = t[i % 17] or {}
    row[#row % 9 + 1] = { v = i, prev = row[1] and row[1].v }
    t[i % 17] = row
  end
  local sum = 0
  for _, row in pairs(t) do for _, c in ipairs(row) do sum = sum + c.v + (c.prev or 0) end end
  -- coroutines living across collections
  local cos = {}
  for i = 1, 30 do
    cos[i] = coroutine.wrap(function() local l = { i } while true do l[#l + 1] = #l coroutine.yield(#l) end end)
  end
  local ysum = 0
  for r = 1, 5 do for i = 1, 30 do ysum = ysum + cos[i]() end if r == 3 then collectgarbage() end end
  -- metatables, weak caches, finalizers mixed
  local fin, cache = 0, setmetatable({}, { __mode = "v" })
  for i = 1, 200 do
    local o = setmetatable({ i }, { __gc = function() fin = fin + 1 end, __index = function(_, k) return k .. i end })
    cache[i % 10] = o
    assert(o.field == "field" .. i)
  end
  collectgarbage() collectgarbage()
  local cached = 0
  for _ in pairs(cache) do cached = cached + 1 end
  -- errors and varargs under collection
  local errs = 0
  for i = 1, 100 do
    local ok, e = pcall(function(...) local p = table.pack(...) error({ p.n, p[1] .. i }) end, "e", {}, {})
    if not ok and e[1] == 3 and e[2] == "e" .. i then errs = errs + 1 end
  end
  -- loading code
  local loaded = 0
  for i = 1, 50 do loaded = loaded + load("local a = { " .. i .. ", 'x' .. " .. i .. " } return a[1] + #a[2]")() end
  -- string keys coming and going
  local d = {}
  for i = 1, 2000 do d["k" .. i] = { i } d["k" .. i - 100] = nil end
  local live = 0
  for k, v in pairs(d) do live = live + v[1] end
  -- sorting and gsub with callbacks that allocate
  local arr = {}
  for i = 1, 100 do arr[i] = { k = i * 37 % 101 } end
  table.sort(arr, function(x, y) local _ = { x, y } return x.k < y.k end)
  local up = ("word "):rep(50):gsub("%a+", function(w) local u = { w:upper() } return u[1] end)
  print(#joined, joined:sub(1, 20), acc, sum, ysum)
  print(fin, cached, errs, loaded, live, arr[1].k, arr[100].k, #up, up:sub(1, 9))
end
local before = collectgarbage("incremental")
local pause, mul = collectgarbage("param", "pause"), collectgarbage("param", "stepmul")
run("incremental")
run("generational")
run("incremental")
collectgarbage("param", "pause", pause)
collectgarbage("param", "stepmul", mul)
collectgarbage(before)
-- linked structures far deeper than any native stack
local list
for i = 1, 100000 do list = { list } end
collectgarbage()
local n = 0
while list do list = list[1] n = n + 1 end
print(n)
local deep = {}
local cur = deep
for i = 1, 50000 do local nx = setmetatable({}, { __index = cur }) cur = nx end
deep, cur = nil, nil
collectgarbage()
print("deep structures collected")
