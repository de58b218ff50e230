-- next, pairs, ipairs.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function keys(t)
  local out = {}
  for k in pairs(t) do out[#out + 1] = tostring(k) end
  table.sort(out)
  return table.concat(out, " ")
end

print(next({}), next({}, nil), next({ 5 }), next({ 5 }, 1), next({ a = 1 }), next({ a = 1 }, "a"))
print(select("#", next({ 5 }, 1)), select("#", next({})))
print(keys { 1, 2, 3 }, keys { a = 1, b = 2 }, keys { 1, x = 2, [2.5] = 3, [true] = 4, [-1] = 5 }, keys {})

-- A sequence is visited in order.
local seen = {}
for k, v in pairs { "a", "b", "c", "d" } do seen[#seen + 1] = k .. v end
print(table.concat(seen, " "))

-- Assigning to existing fields, and clearing them, is allowed while traversing.
local t = {}
for i = 1, 100 do t[i] = i t["k" .. i] = i end
local n = 0
for k, v in pairs(t) do
  n = n + 1
  t[k] = v % 2 == 0 and v * 10 or nil
end
local left, sum = 0, 0
for _, v in pairs(t) do left = left + 1 sum = sum + v end
print(n, left, sum)
for k in pairs(t) do t[k] = nil end
print(next(t))
-- A key cleared by the collector's eyes still leads on.
local u = { a = 1, b = 2, c = 3 }
local first = next(u)
u[first] = nil
collectgarbage()
local rest = 0
for _ in next, u, first do rest = rest + 1 end
print(rest)

local i, log = ipairs { 10, 20, nil, 40 }
print(type(i), type(log))
for k, v in ipairs { 10, 20, nil, 40 } do io.write(k, "=", v, " ") end
print()
for k, v in ipairs(setmetatable({}, { __index = function(_, k) if k < 4 then return k * k end end })) do io.write(k, "=", v, " ") end
print()
for k, v in ipairs("abc") do print("never", k, v) end
for k, v in pairs(setmetatable({}, { __pairs = function(self) return function(_, c) if not c then return 1, "from pairs" end end, self, nil end })) do print(k, v) end
print(pairs(setmetatable({}, { __pairs = function() return 1, 2, 3, 4, 5 end })))
print(select("#", pairs(setmetatable({}, { __pairs = function() end }))))
local f, s, c = pairs(u)
print(f == next, s == u, c)
local inext = ipairs {}
print(inext == ipairs { 1 }, inext({ "x" }, 0), inext({ "x" }, 1), inext({ "x" }, -1))

e(next)
e(next, nil)
e(next, {}, 1)
e(next, { 1, 2 }, 3)
e(next, { a = 1 }, "b")
e(next, {}, {})
e(next, { 1 }, 1.5)
e(next, {}, 0/0)
e(pairs)
print(type(pairs(nil)), select("#", pairs(5)), select(2, pairs("s")))
e(ipairs)
print(type(ipairs(nil)), select(3, ipairs(5)))
e(pairs, setmetatable({}, { __pairs = 1 }))
e(pairs, setmetatable({}, { __pairs = function() error("no pairs", 0) end }))
e(function() for k in pairs(nil) do end end)
e(function() for k in ipairs() do end end)
e(function() for k in next, {}, "x" do end end)
e(function() for _, v in ipairs(5) do end end)
