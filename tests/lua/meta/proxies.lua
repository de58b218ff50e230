-- Proxies that trace every operation, and structures built on metamethods.
local log = {}
local function put(s) log[#log + 1] = s end
local function flush(...) print(table.concat(log, " "), ...) log = {} end
local function track(t)
  return setmetatable({}, {
    __index = function(_, k) put("get:" .. tostring(k)) return t[k] end,
    __newindex = function(_, k, v) put("set:" .. tostring(k)) t[k] = v end,
    __len = function() put("len") return #t end,
    __pairs = function()
      put("pairs")
      return function(_, k) local nk, nv = next(t, k) put("next:" .. tostring(nk)) return nk, nv end, t, nil
    end,
    __call = function(_, ...) put("call:" .. select("#", ...)) return t[(...)] end,
    __tostring = function() return "proxy" end,
    __concat = function(a, b) put("concat") return tostring(a) .. tostring(b) end,
  })
end
local p = track { 10, 20, 30 }
flush(p[1], p[2] + p[3], #p)
p[4] = 40 p[1] = p[1] + 1
flush(p[1], p[4])
local s = 0
for _, v in ipairs(p) do s = s + v end
flush(s)
for k, v in pairs(p) do s = s - v end
flush(s)
flush(p(2), p .. "!", tostring(p))
for i = 1, #p do p[i] = i end
flush()
table.insert(p, "new") flush(p[5])
log = {}
print(table.remove(p), table.concat(p, ","), table.unpack(p, 1, 2))
flush()
table.sort(p, function(a, b) return a > b end)
log = {}
print(p[1], p[4], select("#", table.unpack(p)))
log = {}
-- default values and automatic tables
local function defaults(d) return setmetatable({}, { __index = function() return d end }) end
local z = defaults(0) z.a = z.a + 1 z.a = z.a + 1 z.b = z.b - 1 print(z.a, z.b, z.c, rawget(z, "c"))
local auto auto = { __index = function(t, k) local n = setmetatable({}, auto) rawset(t, k, n) return n end }
local tree = setmetatable({}, auto) tree.a.b.c.d = 1 tree.a.b.e = 2 tree[1][2][3] = 4
print(tree.a.b.c.d, tree.a.b.e, rawget(tree[1][2], 3), next(tree.x))
-- bidirectional map, ordered table, bounded array
local function bimap()
  local back = {}
  return setmetatable({}, { __newindex = function(t, k, v) rawset(t, k, v) back[v] = k end,
    __call = function(_, v) return back[v] end })
end
local m = bimap() m.one = 1 m.two = 2 print(m.one, m(1), m(2), m(3))
local function ordered()
  local keys, vals = {}, {}
  return setmetatable({}, {
    __newindex = function(_, k, v) if vals[k] == nil then keys[#keys + 1] = k end vals[k] = v end,
    __index = vals,
    __len = function() return #keys end,
    __pairs = function() local i = 0 return function() i = i + 1 return keys[i], vals[keys[i]] end end,
  })
end
local o = ordered() o.z = 1 o.a = 2 o.m = 3 o.z = 4
for k, v in pairs(o) do io.write(k, "=", v, " ") end print(#o, o.z, o.none)
local bounded = setmetatable({}, { __newindex = function(t, i, v)
  if math.type(i) ~= "integer" or i < 1 or i > 3 then error("index out of bounds: " .. tostring(i), 2) end
  rawset(t, i, v)
end })
bounded[1], bounded[2], bounded[3] = "a", "b", "c"
print(#bounded, pcall(function() bounded[4] = "d" end)) print(pcall(function() bounded.x = 1 end))
-- lazy evaluation and memoised sequences
local lazy = setmetatable({},
  { __index = function(t, n) local v = n < 2 and n or t[n - 1] + t[n - 2] rawset(t, n, v) return v end })
print(lazy[60], rawget(lazy, 30))
local squares = setmetatable({}, { __index = function(_, i) return i * i end, __len = function() return 10 end })
local sum = 0 for i = 1, #squares do sum = sum + squares[i] end print(sum)
-- operators building expressions
local E = {} E.__index = E
local function node(s) return setmetatable({ s = s }, E) end
local function str(v) return type(v) == "table" and v.s or tostring(v) end
for op, sym in pairs { __add = "+", __sub = "-", __mul = "*", __div = "/", __mod = "%", __pow = "^", __idiv = "//",
  __band = "&", __bor = "|", __bxor = "~", __shl = "<<", __shr = ">>", __concat = ".." } do
  E[op] = function(a, b) return node("(" .. str(a) .. sym .. str(b) .. ")") end
end
E.__unm = function(a) return node("-" .. str(a)) end
E.__bnot = function(a) return node("~" .. str(a)) end
E.__call = function(f, ...)
  local a = { ... } for i = 1, #a do a[i] = str(a[i]) end
  return node(str(f) .. "(" .. table.concat(a, ",") .. ")")
end
local x, y = node "x", node "y"
print((x + 1 * y - 2 ^ x ^ 2).s, (-x * ~y // 3 % x).s, (1 .. x .. "s" .. y).s, (x & 1 | y ~ 2 << x >> 1).s, x(1,
  y + 1).s)
-- strict tables and switches of the metatable during use
local strict = setmetatable({ known = 1 }, { __index = function(_, k) error("unknown field " .. k, 2) end })
print(strict.known, pcall(function() return strict.unknown end))
getmetatable(strict).__index = nil print(strict.unknown)
local r = {}
local sw = setmetatable({},
  { __index = function(t, k) setmetatable(t, { __index = function() return "second" end }) return "first" end })
for i = 1, 3 do r[i] = sw.k end print(table.concat(r, " "))
