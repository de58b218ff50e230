-- __pairs, __index with ipairs, modification during traversal.
local proxy = setmetatable({}, { __pairs = function(t)
  local i = 0
  return function(s, c) i = i + 1 if i <= 3 then return i, tostring(s == t) .. tostring(c) end end, t, "init"
end })
for k, v in pairs(proxy) do io.write(k, "=", v, " ") end
print()
print(select("#", pairs(setmetatable({}, { __pairs = function() return 1, 2, 3, 4, 5 end }))))
print(pairs(setmetatable({}, { __pairs = function() return "a" end })))
print(pcall(pairs, setmetatable({}, { __pairs = function() error("no pairs", 0) end })))
print(pcall(pairs, setmetatable({}, { __pairs = 5 })))
-- pairs with closing value from __pairs
local closed = setmetatable({}, { __close = function() io.write("closed ") end })
for k in pairs(setmetatable({},
  { __pairs = function(t) return function(_, c) if not c then return "only" end end, t, nil, closed end })) do
  io.write(k, " ")
end
print()
print(type(pairs {}), select("#", pairs {}), select(1, pairs {}) == next)
-- ipairs goes through __index
local base = { "b1", "b2", "b3", "b4" }
local d = setmetatable({ "d1", nil, "d3" }, { __index = base })
for i, v in ipairs(d) do io.write(i, v, " ") end
print()
for i, v in ipairs(setmetatable({}, { __index = function(_, i) if i <= 5 then return i * 11 end end })) do
  io.write(i, ":", v, " ")
end
print()
for i, v in ipairs("strings have no integer fields") do print "never" end
print(pcall(ipairs))
print(pcall(function() for _ in ipairs(nil) do end end))
print(pcall(function() for _ in ipairs(5) do end end))
-- clearing and changing existing fields while traversing is allowed
local t = {}
for i = 1, 100 do t[i] = i t["k" .. i] = i end
local n, sum = 0, 0
for k, v in pairs(t) do n = n + 1 sum = sum + v if type(k) == "string" then t[k] = nil else t[k] = v * 2 end end
print(n, sum, t[1], t[100], t.k1, t.k100)
n = 0
for k in pairs(t) do n = n + 1 end
print(n)
for k in pairs(t) do t[k] = nil end
print(next(t))
for i = 1, 10 do t[i] = true end
for k in pairs(t) do t[k] = nil collectgarbage() end
print(next(t), #t)
-- array part comes in order, next walks by hand
local a = { 10, 20, 30, nil, 50 }
local out, k, v = {}, nil, nil
repeat k, v = next(a, k) out[#out + 1] = tostring(k) .. "=" .. tostring(v) until k == nil
print(table.concat(out, " "))
print(next({}), next({ 7 }), next({ 7 }, 1), next({ nil, nil, 9 }), rawequal(next, next))
-- a table that is empty again
local e = { x = 1, 2 }
e.x = nil e[1] = nil
for _ in pairs(e) do print "never" end
print(next(e), pcall(next, e, "never there"))
-- counting keys of every kind
local m = { 1, 2, x = 1, [2.5] = 1, [true] = 1, [print] = 1, [{}] = 1, [-1] = 1, [0] = 1, [1 << 40] = 1, [""] = 1 }
local kinds = {}
for key in pairs(m) do local ty = math.type(key) or type(key) kinds[ty] = (kinds[ty] or 0) + 1 end
print(kinds.integer, kinds.float, kinds.string, kinds.boolean, kinds["function"], kinds.table)
