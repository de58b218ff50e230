-- collectgarbage("count") falls back after garbage of each kind is dropped.
local function settled()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count")
end
local function check(name, make)
  local before = settled()
  local kept = make()
  local most = settled()
  kept = nil
  local after = settled()
  print(name, most - before > 100, after - before < (most - before) / 4, math.type(after))
end
local function many(n, f)
  return function()
    local t = {}
    for i = 1, n do t[i] = f(i) end
    return t
  end
end
check("tables", many(10000, function(i) return { i } end))
check("keyed", many(3000, function(i) return { x = i, y = i, z = i } end))
check("hashes", many(500, function(i) local t = {} for k = 1, 20 do t["k" .. k] = k end return t end))
check("strings", many(5000, function(i) return ("s"):rep(100) .. i end))
check("long string", function() local s = "x" for _ = 1, 20 do s = s .. s end return s end)
check("closures", many(10000, function(i) return function() return i end end))
check("coroutines", many(1000, function(i)
  local co = coroutine.create(function() coroutine.yield() end)
  coroutine.resume(co)
  return co
end))
check("array", function() local t = {} for i = 1, 200000 do t[i] = i end return t end)
check("created", function() return table.create(200000) end)
check("chunks", many(1000, function(i) return load("local a = " .. i .. " return function() return a, 'x" .. i .. "' end") end))
check("cycle", function()
  local first = {}
  local last = first
  for _ = 1, 10000 do last.next = { back = last } last = last.next end
  return first
end)
check("deep", function() local t = {} for _ = 1, 50000 do t = { t } end return t end)
-- An array emptied in place gives its memory back when it's rebuilt.
local t = {}
for i = 1, 100000 do t[i] = i end
local full = settled()
for i = 1, 100000 do t[i] = nil end
t.x = 1
t = nil
print(settled() < full)
