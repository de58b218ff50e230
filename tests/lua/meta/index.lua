-- __index: tables, functions, chains, raw access.
local base = { a = "base a", b = "base b" }
local t = setmetatable({ a = "own a" }, { __index = base })
print(t.a, t.b, t.c, rawget(t, "b"), t["a"], t[1])
base.c = "added later" t.b = "own b" print(t.c, t.b, base.b) t.b = nil print(t.b)
-- function handler gets table and key
local f = setmetatable({ x = 1 },
  { __index = function(...) local tab, k = ... return type(tab) .. ":" .. tostring(k) .. ":" .. select("#", ...) end })
print(f.x, f.y, f[1], f[2.5], f[true], f[nil], f[0 / 0 ~= 0 / 0])
print((setmetatable({}, { __index = function() return 1, 2 end }).x))
print(select("#", setmetatable({}, { __index = function() end }).x), setmetatable({}, { __index = function() end }).x)
-- deep chain
local chain = { v0 = "bottom" }
local links = { chain }
for i = 1, 50 do chain = setmetatable({ ["v" .. i] = i }, { __index = chain }) links[i + 1] = chain end
print(chain.v0, chain.v1, chain.v25, chain.v50, chain.nothing)
rawset(links[20], "v0", "cut") print(chain.v0, links[19].v0) links[20].v0 = nil print(chain.v0)
-- mixed chain: table, then function, then table
local inner = setmetatable({}, { __index = function(_, k) return "fn(" .. k .. ")" end })
local mid = setmetatable({ m = "mid" }, { __index = inner })
local top = setmetatable({ t = "top" }, { __index = mid })
print(top.t, top.m, top.z)
-- false stops the search, nil does not
local fb = setmetatable({ f = false }, { __index = { f = "base", n = "base n" } })
print(fb.f, fb.n) fb.n = false print(fb.n) fb.n = nil print(fb.n)
-- __index on non-table values
print(pcall(function() return setmetatable({}, { __index = 5 }).x end))
print(pcall(function() return setmetatable({}, { __index = true }).x end))
print(setmetatable({}, { __index = "str" }).upper == string.upper, setmetatable({}, { __index = "str" }).nope)
print(pcall(function()
  local obj = setmetatable({}, { __index = function(_, k) error("no field " .. k, 2) end })
  return obj.missing
end))
print(pcall(function()
  return setmetatable({}, { __index = setmetatable({},
    { __call = function(_, tab, k) return "called " .. k end }) }).key
end))
-- loops
local a, b = {}, {}
setmetatable(a, { __index = b }) setmetatable(b, { __index = a })
print(pcall(function() return a.x end))
local self = {} setmetatable(self, { __index = self }) print(pcall(function() return self.x end))
-- a table as its own metatable
local cls = {} cls.__index = cls cls.v = 1
local o = setmetatable({}, cls) local sub = setmetatable({}, o) print(o.v, sub.v, rawget(o, "v")) o.__index = o print(sub.v)
-- metatables are not consulted for the metamethod lookup itself (raw)
local mm = setmetatable({}, { __index = { __index = { z = "inherited" } } })
print(setmetatable({}, mm).z)
mm.__index = rawget(getmetatable(mm).__index, "__index")
print(setmetatable({}, mm).z)
-- adding __index to an existing metatable
local late_mt = {} local late = setmetatable({}, late_mt) local r = {}
for i = 1, 6 do
  if i == 3 then
    late_mt.__index = { k = "t" }
  elseif i == 5 then
    late_mt.__index = function() return "f" end
  end
  r[i] = tostring(late.k)
end
print(table.concat(r, " "))
for i = 1, 6 do if i == 3 then late_mt.__index = nil elseif i == 5 then setmetatable(late, nil) end r[i] = tostring(late.k) end
print(table.concat(r, " "))
-- read through integer and float keys, with method calls
local arr = setmetatable({ 1, 2 }, { __index = function(tb, i) return math.type(i) == "integer" and i * 100 or "?" end })
print(arr[1], arr[2], arr[3], arr[3.0], arr[-1], arr[2^53], arr[1.5], #arr)
local lib = setmetatable({},
  { __index = function(tb, k) local fn = function(self, x) return k .. tostring(x) end rawset(tb, k, fn) return fn end })
print(lib:hello(1), lib:hello(2), rawget(lib, "hello") ~= nil, lib.hello == lib.hello)
local d = setmetatable({}, { __index = function() return 0 end })
for w in ("a b a c a b"):gmatch "%a" do d[w] = d[w] + 1 end
print(d.a, d.b, d.c, d.d)
