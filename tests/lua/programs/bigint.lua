-- Arbitrary integers with operator metamethods: factorials, Fibonacci numbers, division.
local Big = { __name = "Big" }
Big.__index = Big
local BASE <const>, WIDTH <const> = 10000000, 7

local function normalize(b)
  while #b > 1 and b[#b] == 0 do b[#b] = nil end
  if #b == 1 and b[1] == 0 then b.negative = false end
  return setmetatable(b, Big)
end

local function big(v)
  if getmetatable(v) == Big then return v end
  local text = tostring(v)
  local b = { negative = text:sub(1, 1) == "-" }
  text = text:gsub("^-", "")
  if not text:match("^%d+$") then error("not an integer: " .. tostring(v), 2) end
  for stop = #text, 1, -WIDTH do b[#b + 1] = math.tointeger(text:sub(math.max(1, stop - WIDTH + 1), stop)) end
  return normalize(b)
end

local function compare(a, b)
  if #a ~= #b then return #a < #b and -1 or 1 end
  for i = #a, 1, -1 do
    if a[i] ~= b[i] then return a[i] < b[i] and -1 or 1 end
  end
  return 0
end

local function addition(a, b, sign)
  local out, carry = {}, 0
  for i = 1, math.max(#a, #b) do
    local s = (a[i] or 0) + sign * (b[i] or 0) + carry
    out[i], carry = s % BASE, s // BASE
  end
  if carry > 0 then out[#out + 1] = carry end
  return out
end

function Big.__add(a, b)
  a, b = big(a), big(b)
  local out
  if a.negative == b.negative then
    out = addition(a, b, 1)
    out.negative = a.negative
  else
    if compare(a, b) < 0 then a, b = b, a end
    out = addition(a, b, -1)
    out.negative = a.negative
  end
  return normalize(out)
end
function Big.__unm(a)
  local out = table.move(a, 1, #a, 1, {})
  out.negative = not a.negative
  return normalize(out)
end
function Big.__sub(a, b) return big(a) + -big(b) end
function Big.__mul(a, b)
  a, b = big(a), big(b)
  local out = { negative = a.negative ~= b.negative }
  for i = 1, #a + #b do out[i] = 0 end
  for i = 1, #a do
    local carry = 0
    for j = 1, #b do
      local s = out[i + j - 1] + a[i] * b[j] + carry
      out[i + j - 1], carry = s % BASE, s // BASE
    end
    out[i + #b] = out[i + #b] + carry
  end
  return normalize(out)
end
-- Division by a small positive number: quotient and rest.
function Big:divide(n)
  local out, rest = { negative = self.negative }, 0
  for i = #self, 1, -1 do
    local s = rest * BASE + self[i]
    out[i], rest = s // n, s % n
  end
  return normalize(out), rest
end
function Big.__pow(a, n)
  local result, base = big(1), big(a)
  while n > 0 do
    if n & 1 == 1 then result = result * base end
    base, n = base * base, n >> 1
  end
  return result
end
function Big.__eq(a, b) return a.negative == b.negative and compare(a, b) == 0 end
function Big.__lt(a, b)
  a, b = big(a), big(b)
  if a.negative ~= b.negative then return a.negative end
  return compare(a, b) == (a.negative and 1 or -1)
end
function Big.__le(a, b) return not (b < a) end
function Big.__tostring(a)
  local parts = { a.negative and "-" or "", tostring(a[#a]) }
  for i = #a - 1, 1, -1 do parts[#parts + 1] = ("%07d"):format(a[i]) end
  return table.concat(parts)
end

local f = big(1)
for i = 2, 60 do f = f * i end
print("60! =", f)
local a, b = big(0), big(1)
for _ = 1, 300 do a, b = b, a + b end
print("F300 =", a)
print(big(2) ^ 200, big(-3) ^ 41)
print(big("123456789012345678901234567890") - big("123456789012345678901234567891"), big(5) - 5, 5 - big(7))
print(big("-99999999999999999999") + big("99999999999999999999"), -big(0), big("-0") == big(0), -big(12))
print(big(10) < big(11), big(-10) < big(-11), big(-1) < 1, big(3) <= 3, big("10000000") > big("9999999"))
local q, r = f:divide(61)
print(q, r, q * 61 + r == f)
local digits = 0
for d in tostring(big(2) ^ 1000):gmatch("%d") do digits = digits + d end
print(digits, #tostring(big(7) ^ 777))
print(pcall(function() return big "12x" end))
print(pcall(function() return big(1) .. "" end))
