-- __eq, __lt, __le: when they run, and how results become booleans.
local calls = {}
local mt = {
  __eq = function(a, b) calls[#calls + 1] = "eq" .. a.v .. b.v return a.v == b.v end,
  __lt = function(a, b)
    calls[#calls + 1] = "lt" .. (type(a) == "table" and a.v or a) .. (type(b) == "table" and b.v or b)
    return (type(a) == "table" and a.v or a) < (type(b) == "table" and b.v or b)
  end,
  __le = function(a, b)
    calls[#calls + 1] = "le" .. (type(a) == "table" and a.v or a) .. (type(b) == "table" and b.v or b)
    return (type(a) == "table" and a.v or a) <= (type(b) == "table" and b.v or b)
  end,
}
local function o(v) return setmetatable({ v = v }, mt) end
local function flush(...) print(table.concat(calls, " "), ...) calls = {} end
local a, b, c = o(1), o(2), o(1)
flush(a == a) flush(a == b) flush(a == c) flush(a ~= c) flush(a ~= b) flush(not (a == c))
flush(a == 1, 1 == a, a == nil, a == "1", a ~= ({}).x)
flush(a < b) flush(a > b) flush(a <= c) flush(a >= b) flush(not (a < b)) flush(a < 5) flush(5 < a)
flush(a <= 1.5) flush(3 >= a) flush(a > 0) flush(0 > a) flush(a >= 1)
-- different metatables: the first operand's handler is preferred, then the second's
local other = setmetatable({ v = 1 }, { __eq = function() calls[#calls + 1] = "other eq" return true end,
  __lt = function() calls[#calls + 1] = "other lt" return true end })
local none = setmetatable({ v = 1 }, {})
flush(a == other) flush(other == a) flush(none == other) flush(other == none) flush(none == a)
flush({} == other) flush(other == {}) flush(none == none, none == {})
flush(a < other) flush(other < a) flush(none < other) flush(other < none)
print(pcall(function() return none <= other end)) print(pcall(function() return none < none end))
print(pcall(function() return none < {} end))
-- never called for equal identity, different types, rawequal
flush(rawequal(a, c), rawequal(a, a)) flush(a == a, other == other)
-- results are converted
local conv = setmetatable({}, { __eq = function() return 1 end, __lt = function() return nil end,
  __le = function() return "yes" end })
local conv2 = setmetatable({}, getmetatable(conv))
print(conv == conv2, conv ~= conv2, conv < conv2, conv > conv2, conv <= conv2, conv >= conv2, not (conv < conv2))
if conv == conv2 then print "eq true" end if conv < conv2 then print "lt" else print "not lt" end
if conv <= conv2 then print "le true" end
local e0 = setmetatable({}, { __eq = function() end }) print(e0 == setmetatable({}, getmetatable(e0)))
-- __le is not derived from __lt
local onlylt = setmetatable({}, { __lt = function() return true end })
print(onlylt < 1, 1 < onlylt, pcall(function() return onlylt <= 1 end))
-- numbers with strings use handlers only if some operand has one
print(pcall(function() return 1 < "x" end))
local sx = setmetatable({}, { __lt = function(x, y) return type(x) .. type(y) == "stringtable" end })
print("s" < sx, sx < "s", sx > "s", true < sx == false)
-- constants at either side, in conditions, in hot loops
local n, m = 0, 0
for i = 1, 200 do
  local x = o(i % 7) if x < 3 then n = n + 1 end if x >= 5 then m = m + 1 end
  if 2 == x or x == 2 then n = 1e9 end
end
print(n, m, #calls) calls = {}
-- sorting, max by comparison, min
local list = {} for i = 1, 30 do list[i] = o(i * 7 % 31) end table.sort(list) local s = {}
for i, x in ipairs(list) do s[i] = x.v end print(table.concat(s, " ")) calls = {}
table.sort(list, function(x, y) return x > y end) print(list[1].v, list[30].v) calls = {}
print(math.max(3, 1, 2))
-- sets ordered by inclusion
local S = {} S.__index = S
local function set(...)
  local r = setmetatable({}, S) for _, k in ipairs { ... } do r[k] = true end return r
end
S.__le = function(x, y) for k in pairs(x) do if not rawget(y, k) then return false end end return true end
S.__lt = function(x, y) return x <= y and not (y <= x) end
S.__eq = function(x, y) return x <= y and y <= x end
local p, q = set(1, 2), set(1, 2, 3) print(p <= q, q <= p, p < q, p < p, p == set(2, 1), p ~= q, p >= set(), set(5) <= q, q > p)
-- errors in handlers, handler kinds, equality inside table functions stays raw
print(pcall(function() return setmetatable({}, { __lt = function() error("cmp", 0) end }) < 1 end))
print(pcall(function() return setmetatable({}, { __lt = 3 }) < 1 end))
print(setmetatable({}, { __lt = setmetatable({}, { __call = function() return "T" end }) }) < 1)
local keys = { [a] = "a", [b] = "b" } print(keys[a], keys[c], keys[b])
