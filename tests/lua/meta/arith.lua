-- Arithmetic and bitwise metamethods: which operand's handler runs, with what arguments.
local names = { "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat" }
local ops = {
  add = function(a, b) return a + b end, sub = function(a, b) return a - b end, mul = function(a, b) return a * b end,
    div = function(a, b) return a / b end,
  mod = function(a, b) return a % b end, pow = function(a, b) return a ^ b end, idiv = function(a, b) return a // b end,
    band = function(a, b) return a & b end,
  bor = function(a, b) return a | b end, bxor = function(a, b) return a ~ b end, shl = function(a, b) return a << b end,
    shr = function(a, b) return a >> b end,
  concat = function(a, b) return a .. b end, unm = function(a) return -a end, bnot = function(a) return ~a end,
}
local function show(v) if type(v) == "table" then return v.tag end return (math.type(v) or type(v)) .. ":" .. tostring(v) end
local function class(tag)
  local mt = {}
  for _, n in ipairs(names) do
    mt["__" .. n] = function(...)
      return n .. " by " .. tag .. " (" .. show((...)) .. "," .. show((select(2, ...))) .. ") n=" .. select("#", ...)
    end
  end
  return setmetatable({ tag = tag }, mt)
end
local A, B, plain = class "A", class "B", setmetatable({ tag = "plain" }, {})
for _, n in ipairs(names) do
  local f = ops[n]
  if n == "unm" or n == "bnot" then print(f(A)) else
    print(f(A, B)) print(f(A, 1)) print(f(1.5, A)) print(f("s", A)) print(f(A, "10")) print(f(plain, B)) print(f(B, plain))
    if n ~= "concat" then print(f(A, nil)) print(f(true, A)) end
  end
end
-- with constants at the call site
print(A + 1, 1 + A, A - 1, 2 - A, A * 3, 3 * A, A / 2, 2 / A, A % 5, 5 % A, A ^ 2, 2 ^ A, A // 2, 2 // A)
print(A & 1, 1 & A, A | 1, 1 | A, A ~ 1, 1 ~ A, A << 1, 1 << A, A >> 1, 1 >> A, A + 1.5, 1.5 - A, A & 1.5, "x" .. A, A
  .. "x", A .. 1)
print(A + 1000000, 1000000 - A, A * "2", A << 300, A // 0, A % 0, A & 0xFFFFFFFFFF)
-- first result only; any value may be returned; error inside
local M = setmetatable({}, { __add = function() return 1, 2, 3 end, __sub = function() end,
  __mul = function() return nil end, __div = function() return false end, __unm = function(x) return x end })
print(M + 1, (M - 1), M * 1, M / 1, -M == M, select("#", M + 1), select("#", M - 1))
-- the handler may be any callable
local C = setmetatable({}, { __add = setmetatable({},
  { __call = function(self, a, b) return "callable add " .. type(a) .. type(b) end }) })
print(C + 1, 1 + C)
print(pcall(ops.add, setmetatable({}, { __add = 5 }), 1))
print(pcall(ops.sub, setmetatable({}, { __sub = "x" }), 1))
print(pcall(ops.unm, setmetatable({}, { __unm = true })))
print(pcall(ops.add, setmetatable({}, { __add = false }), 1))
print(pcall(ops.add, plain, 1)) print(pcall(ops.bor, plain, 1)) print(pcall(ops.band, 1.5, plain))
print(pcall(ops.concat, plain, "x"))
-- vectors
local V = {}
V.__index = V
local function vec(x, y) return setmetatable({ x = x, y = y }, V) end
V.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
V.__sub = function(a, b) return vec(a.x - b.x, a.y - b.y) end
V.__mul = function(a, b)
  if type(a) == "number" then
    return vec(a * b.x, a * b.y)
  elseif type(b) == "number" then
    return vec(a.x * b, a.y * b)
  end
  return a.x * b.x + a.y * b.y
end
V.__unm = function(a) return vec(-a.x, -a.y) end
V.__eq = function(a, b) return a.x == b.x and a.y == b.y end
V.__tostring = function(a) return "(" .. a.x .. "," .. a.y .. ")" end
V.__len = function(a) return 2 end
local p = vec(0, 0)
for i = 1, 200 do p = p + vec(i, -i) * 2 - vec(1, 1) end
print(tostring(p), tostring(-p), p * p, tostring(2 * p), p == -(-p), #p, p ~= vec(1, 1))
-- integer arithmetic first, then the metamethod, in one loop
local mixed = { 1, 2.5, A, "7", vec(1, 2) }
local out = {}
for i = 1, 10 do
  local v = mixed[(i - 1) % 5 + 1] local ok, r = pcall(ops.add, v, v)
  out[i] = ok and show(r) or "err"
  if r and type(r) == "table" then out[i] = tostring(r) end
end
print(table.concat(out, " | "))
