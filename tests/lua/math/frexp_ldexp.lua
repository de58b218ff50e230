-- math.frexp and math.ldexp: exact scaling by powers of two.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

for _, v in ipairs { 0, 0.0, -0.0, 1, 2, 3, 0.5, 0.75, -8, 1e10, 1e-10, 5e-324, 2^1023, 1.7976931348623157e308, 2^-1022, "12", math.maxinteger, math.mininteger } do
  local m, x = math.frexp(v)
  print(v, m, x, math.type(m), math.type(x), math.ldexp(m, x) == v + 0.0)
end
for _, v in ipairs { math.huge, -math.huge } do print(v, (math.frexp(v))) end
local m = math.frexp(0/0)
print(m ~= m)

print(math.ldexp(1, 10), math.ldexp(0.5, 1), math.ldexp(1, -1), math.ldexp(-3, 4), math.ldexp(0, 100), math.ldexp(-0.0, 5))
print(math.ldexp(1, 1023), math.ldexp(1, 1024), math.ldexp(-1, 5000), math.ldexp(1, -1074), math.ldexp(1, -1075), math.ldexp(1, -5000))
print(math.ldexp(1.5, "3"), math.ldexp("1.5", 3), math.ldexp(1, 3.0), math.ldexp(math.huge, -10), math.ldexp(5e-324, 1074))

-- Taking a float apart bit by bit and putting it together again.
local function bits(x)
  local mantissa, exponent = math.frexp(x)
  return math.tointeger(math.ldexp(mantissa, 53)), exponent - 53
end
for _, x in ipairs { 0.1, 1/3, math.pi, 1e100, 123456789.125 } do
  local mantissa, exponent = bits(x)
  print(x, mantissa, exponent, math.ldexp(mantissa, exponent) == x)
end

e(math.frexp)
e(math.frexp, "x")
e(math.frexp, {})
e(math.ldexp)
e(math.ldexp, 1)
e(math.ldexp, 1, 1.5)
e(math.ldexp, 1, "x")
e(math.ldexp, {}, 1)
e(math.ldexp, nil, nil)
