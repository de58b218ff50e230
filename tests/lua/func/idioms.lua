-- Common idioms: default values, named arguments, objects from closures, dispatch tables.
local function opt(a, b) a = a or "default" if b == nil then b = true end return a, b end
print(opt()) print(opt(false, false)) print(opt(0, nil)) print(opt("", "x"))
local function named(t) return t.name or "anon", t.size or 10, t[1] end
print(named { name = "n" }) print(named { size = 1, "pos" }) print(named {})
local ops = { ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end, ["/"] = function(a, b) return a / b end }
local function rpn(s)
  local st = {}
  for tok in s:gmatch("%S+") do
    local op = ops[tok]
    if op then local b, a = table.remove(st), table.remove(st) st[#st + 1] = op(a, b) else st[#st + 1] = tonumber(tok) end
  end
  return table.unpack(st)
end
print(rpn "3 4 + 2 *", rpn "5 1 2 + 4 * + 3 -", rpn "1 2 3", rpn "10 4 /")
-- stack and queue as closures and as methods
local Stack = {}
Stack.__index = Stack
function Stack.new() return setmetatable({ n = 0 }, Stack) end
function Stack:push(...) for i = 1, select("#", ...) do self.n = self.n + 1 self[self.n] = (select(i, ...)) end return self end
function Stack:pop(k)
  local r = {}
  for i = 1, k or 1 do
    if self.n == 0 then break end r[i] = self[self.n] self[self.n] = nil self.n = self.n - 1
  end
  return table.unpack(r)
end
local s = Stack.new():push(1, 2, 3):push("x")
print(s:pop(), s:pop(2)) print(s.n, s:pop(), s:pop(), s.n)
local function queue()
  local q, h, t = {}, 1, 0
  return function(v) t = t + 1 q[t] = v end,
    function() if h > t then return nil end local v = q[h] q[h] = nil h = h + 1 return v end,
    function() return t - h + 1 end
end
local put, get, size = queue()
for i = 1, 100 do put(i) end
local sum = 0
for i = 1, 60 do sum = sum + get() end
print(sum, size(), get(), size())
-- visitor and event tables
local events, log = {}, {}
local function on(name, f) events[name] = events[name] or {} table.insert(events[name], f) end
local function emit(name, ...) for _, f in ipairs(events[name] or {}) do f(...) end end
on("a", function(x) log[#log + 1] = "a1:" .. x end)
on("a", function(x, y) log[#log + 1] = "a2:" .. tostring(y) on("a", function() log[#log + 1] = "late" end) end)
emit("a", 1, 2) emit("none") emit("a", 3)
print(table.concat(log, " "))
-- string buffer building and functions stored in nested tables
local M = { util = {} }
function M.util.join(sep, ...)
  local p = table.pack(...) for i = 1, p.n do p[i] = tostring(p[i]) end
  return table.concat(p, sep, 1, p.n)
end
M.util["join-2"] = function(...) return M.util.join("-", ...) end
print(M.util.join(",", 1, nil, true, "x"), M.util["join-2"]("a", "b"), M.util.join(","))
-- recursion with accumulators and several results
local function minmax(t, i, lo, hi)
  i = i or 1 if i > #t then return lo, hi end local v = t[i]
  return minmax(t, i + 1, lo and math.min(lo, v) or v, hi and math.max(hi, v) or v)
end
print(minmax { 3, 1, 4, 1, 5, 9, 2, 6 }) print(minmax {})
-- sort with comparators of every kind
local words = { "pear", "Apple", "fig", "banana", "cherry", "kiwi" }
local function sorted(cmp) local c = { table.unpack(words) } table.sort(c, cmp) return table.concat(c, " ") end
print(sorted()) print(sorted(function(a, b) return a > b end))
print(sorted(function(a, b) return a:lower() < b:lower() end))
print(sorted(function(a, b) if #a ~= #b then return #a < #b end return a < b end))
local recs = {}
for i = 1, 50 do recs[i] = { k = (i * 37) % 11, i = i } end
table.sort(recs, function(a, b) if a.k ~= b.k then return a.k < b.k end return a.i < b.i end)
local ok = true
for i = 2, 50 do local a, b = recs[i - 1], recs[i] ok = ok and (a.k < b.k or a.k == b.k and a.i < b.i) end
print(ok, recs[1].k, recs[1].i, recs[50].k, recs[50].i)
