-- Results at the ends of the ranges in which integers are represented differently: 48 bits, 64 bits. In functions, so that
-- operands are not known before they run.

local function add(a, b) return a + b end
local function sub(a, b) return a - b end
local function mul(a, b) return a * b end
local function idiv(a, b) return a // b end
local function mod(a, b) return a % b end
local function neg(a) return -a end
local function bnot(a) return ~a end
local function minus_one(a) return a // -1, a * -1, a % -1 end
local function by_constants(a) return a + 1, a - 1, a * 2, a // 2, a << 1, a >> 1, a % 4, a // -3, a % -3 end

local ends = {}
for _, bits in ipairs { 31, 32, 46, 47, 48, 62, 63 } do
  local p = 1 << bits
  for _, n in ipairs { p - 1, p, p + 1, -p - 1, -p, -p + 1 } do ends[#ends + 1] = n end
end

-- What is likely is learned first.
for i = 1, 20 do
  add(i, 1) sub(i, 1) mul(i, 2) idiv(i, 3) mod(i, 3) neg(i) bnot(i) minus_one(i) by_constants(i)
end
for _, n in ipairs(ends) do
  print(n, neg(n), bnot(n))
  print(minus_one(n))
  print(by_constants(n))
  for _, m in ipairs { 1, -1, 2, -2, 3, -7, 1 << 47, -(1 << 47) } do
    print(m, add(n, m), sub(n, m), mul(n, m), idiv(n, m), mod(n, m))
  end
end
