-- Small numeric programs whose values change between integers and floats.
local function matmul(a, b, n)
  local c = {}
  for i = 1, n do
    local ci, ai = {}, a[i]
    for j = 1, n do
      local s = 0
      for k = 1, n do s = s + ai[k] * b[k][j] end
      ci[j] = s
    end
    c[i] = ci
  end
  return c
end
local function matrix(n, f) local m = {} for i = 1, n do m[i] = {} for j = 1, n do m[i][j] = f(i, j) end end return m end
local mi = matmul(matrix(12, function(i, j) return i + j end), matrix(12, function(i, j) return i - j end), 12)
local mf = matmul(matrix(12, function(i, j) return i + j / 2 end), matrix(12, function(i, j) return i == j and 1 or 0.5 end), 12)
print(mi[1][1], mi[12][12], math.type(mi[3][4]), mf[1][1], mf[12][12], math.type(mf[3][4]))
local function mandel(w, h, limit)
  local rows = {}
  for y = 0, h - 1 do
    local row = {}
    for x = 0, w - 1 do
      local cr, ci, zr, zi, n = 3.0 * x / w - 2.2, 2.4 * y / h - 1.2, 0, 0, 0
      while n < limit and zr * zr + zi * zi < 4 do zr, zi = zr * zr - zi * zi + cr, 2 * zr * zi + ci n = n + 1 end
      row[#row + 1] = n == limit and "#" or n > 6 and "+" or n > 3 and "." or " "
    end
    rows[#rows + 1] = table.concat(row)
  end
  return table.concat(rows, "\n")
end
print(mandel(40, 12, 40))
local function newton(x) local g = x for _ = 1, 30 do g = (g + x / g) / 2 end return g end
print(newton(2), newton(9), newton(2) == 2^0.5, newton(1e10))
local function isqrt(n) local x = n local y = (x + 1) // 2 while y < x do x = y y = (x + n // x) // 2 end return x end
print(isqrt(10), isqrt(1 << 40), isqrt(math.maxinteger), math.type(isqrt(99)))
local function crc32(s)
  local c = 0xFFFFFFFF
  for i = 1, #s do
    c = c ~ s:byte(i)
    for _ = 1, 8 do c = (c >> 1) ~ (0xEDB88320 & -(c & 1)) end
  end
  return c ~ 0xFFFFFFFF
end
print(string.format("%08x %08x", crc32("123456789"), crc32("")))
local function adler(s)
  local a, b = 1, 0
  for i = 1, #s do a = (a + s:byte(i)) % 65521 b = (b + a) % 65521 end
  return b << 16 | a
end
print(adler("Wikipedia"))
-- simulation with a body of floats, and an integer twin
local x, v, xi, vi = 1.0, 0.0, 1000000, 0
for _ = 1, 500 do
  v = v - x * 0.01 x = x + v * 0.01
  vi = vi - xi // 100 xi = xi + vi // 100
end
print(string.format("%.10f %.10f", x, v), xi, vi)
-- an accumulator that leaves the integers half way, and one that overflows
local acc, big = 0, 1
for i = 1, 300 do acc = acc + (i == 150 and 0.5 or i) big = big * 31 + i end
print(acc, math.type(acc), big)
-- population count, gray code, bit reversal
local function pop(n) local c = 0 while n ~= 0 do n = n & (n - 1) c = c + 1 end return c end
print(pop(0), pop(255), pop(-1), pop(math.mininteger), pop(0x123456789ABCDEF))
local function rev(n) local r = 0 for _ = 1, 64 do r = r << 1 | n & 1 n = n >> 1 end return r end
print(rev(1), rev(-1), rev(rev(12345)), rev(0xF0))
-- digits of e with integers, partial sums of pi with floats
local digits, e = {}, {}
for i = 1, 45 do e[i] = 1 end
for _ = 1, 30 do
  local carry = 0
  for i = 45, 1, -1 do local q = e[i] * 10 + carry e[i] = q % (i + 1) carry = q // (i + 1) end
  digits[#digits + 1] = carry
end
print("2." .. table.concat(digits))
local pi = 0
for k = 0, 999 do pi = pi + (k % 2 == 0 and 4 or -4) / (2 * k + 1) end
print(string.format("%.12f", pi))
-- modular exponentiation and Miller-Rabin with 31-bit moduli
local function powmod(b, k, m)
  local r = 1 b = b % m
  while k > 0 do if k & 1 == 1 then r = r * b % m end b = b * b % m k = k >> 1 end
  return r
end
local function prime(n)
  if n < 2 or n % 2 == 0 then return n == 2 end
  local d, s = n - 1, 0
  while d % 2 == 0 do d = d // 2 s = s + 1 end
  for _, w in ipairs { 2, 3, 5, 7 } do
    local y = powmod(w, d, n)
    if w % n ~= 0 and y ~= 1 and y ~= n - 1 then
      local composite = true
      for _ = 1, s - 1 do y = y * y % n if y == n - 1 then composite = false break end end
      if composite then return false end
    end
  end
  return true
end
print(prime(2147483647), prime(2147483649), prime(1000000007), prime(561), prime(97))
