-- Every operator's metamethod, called with both operand orders.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local M = {}
local function name(v) return type(v) == "table" and v.name or tostring(v) end
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr", "concat" } do
  M["__" .. event] = function(a, b) return event .. "(" .. name(a) .. "," .. name(b) .. ")" end
end
M.__unm = function(a, b) return "unm(" .. name(a) .. "," .. tostring(rawequal(a, b)) .. ")" end
M.__bnot = function(a, b) return "bnot(" .. name(a) .. "," .. tostring(rawequal(a, b)) .. ")" end
M.__len = function(a) return "len(" .. name(a) .. ")" end
M.__call = function(self, ...) return "call(" .. self.name .. "," .. select("#", ...) .. ")", ... end
local a, b = setmetatable({ name = "a" }, M), setmetatable({ name = "b" }, M)

print(a + b, a + 1, 1 + a, a + "x", "x" + a)
print(a - b, a - 1, 1 - a, a * b, a * 2, 2 * a, a / b, a / 2, 2 / a)
print(a % b, a % 2, 2 % a, a ^ b, a ^ 2, 2 ^ a, a // b, a // 2, 2 // a)
print(a & b, a & 1, 1 & a, a | 1, 1 | a, a ~ 1, 1 ~ a, a << 1, 1 << a, a >> 1, 1 >> a, a & 1.5, "x" | a)
print(a .. b, a .. 1, 1 .. a, a .. "x", "x" .. a, "x" .. "y" .. a, a .. "x" .. "y")
print(-a, ~a, #a, a(), a(1, nil))
print(a + nil, nil + a, true .. a, a .. {} == nil, {} + a ~= nil)

-- Comparison results become booleans.
M.__eq = function(x, y) return name(x) .. name(y) end
M.__lt = function(x, y) return name(x) == "a" and "truthy" or nil end
M.__le = function() return false end
print(a == b, a ~= b, a == a, a == 1, 1 == a, a < b, b < a, a > b, a <= b, a >= b, a < 1, 1 < a, a <= "x", "x" > a)
print(not (a < b), a < b and "yes" or "no", (a < b) == true)
local t = { [a] = 1 }
print(t[a], t[b])

-- __index and __newindex as functions and tables, called with the right self.
local log = {}
local I = setmetatable({ own = 1 }, {
  __index = function(self, k) log[#log + 1] = "get " .. tostring(k) return k end,
  __newindex = function(self, k, v) log[#log + 1] = "set " .. tostring(k) rawset(self, k, v) end,
})
print(I.own, I.x, I[1], I[nil], I[2.5])
I.y = 5
I.y = 6
I.own = nil
I.own = 7
print(I.y, I.own, table.concat(log, "; "))

-- __call chains and arguments.
local callable = setmetatable({}, { __call = setmetatable({}, { __call = function(...) return select("#", ...) end }) })
print(callable(), callable(1, 2), pcall(callable, 1))
local chain = function(...) return select("#", ...) end
for _ = 1, 14 do chain = setmetatable({}, { __call = chain }) end
print(chain("x"))
for _ = 1, 10 do chain = setmetatable({}, { __call = chain }) end
e(chain, "x")
e(function() local n = {} n() end)
e(setmetatable({}, { __call = 5 }))
e(setmetatable({}, { __call = {} }))

-- Missing metamethods.
local empty = setmetatable({}, {})
for _, op in ipairs { "+", "-", "*", "/", "%", "^", "//", "&", "|", "~", "<<", ">>", "..", "<", "<=" } do
  e(load("local a = ... return a " .. op .. " 1", "=op"), empty)
end
e(load("local a = ... return -a", "=op"), empty)
e(load("local a = ... return ~a", "=op"), empty)
e(load("local a = ... return a < a", "=op"), empty)
