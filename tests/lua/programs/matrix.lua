-- Matrices as objects: product, determinant, inverse, linear systems, exact rationals.
local Rational = {}
Rational.__index = Rational
local function gcd(a, b) while b ~= 0 do a, b = b, a % b end return a end
local function rational(n, d)
  if getmetatable(n) == Rational then return n end
  d = d or 1
  if d == 0 then error("division by zero", 0) end
  if d < 0 then n, d = -n, -d end
  local g = gcd(math.abs(n), d)
  return setmetatable({ n = n // g, d = d // g }, Rational)
end
function Rational.__add(a, b) a, b = rational(a), rational(b) return rational(a.n * b.d + b.n * a.d, a.d * b.d) end
function Rational.__sub(a, b) a, b = rational(a), rational(b) return rational(a.n * b.d - b.n * a.d, a.d * b.d) end
function Rational.__mul(a, b) a, b = rational(a), rational(b) return rational(a.n * b.n, a.d * b.d) end
function Rational.__div(a, b) a, b = rational(a), rational(b) return rational(a.n * b.d, a.d * b.n) end
function Rational.__unm(a) return rational(-a.n, a.d) end
function Rational.__eq(a, b) return a.n == b.n and a.d == b.d end
function Rational.__tostring(a) return a.d == 1 and tostring(a.n) or a.n .. "/" .. a.d end

local Matrix = {}
Matrix.__index = Matrix
local function matrix(rows, convert)
  local m = { rows = #rows, columns = #rows[1] }
  for i, row in ipairs(rows) do
    m[i] = {}
    for j, v in ipairs(row) do m[i][j] = convert and convert(v) or v end
  end
  return setmetatable(m, Matrix)
end
function Matrix.identity(n, one, zero)
  local rows = {}
  for i = 1, n do
    rows[i] = {}
    for j = 1, n do rows[i][j] = i == j and one or zero end
  end
  return matrix(rows)
end
function Matrix.__mul(a, b)
  if a.columns ~= b.rows then error("shapes do not match", 2) end
  local rows = {}
  for i = 1, a.rows do
    rows[i] = {}
    for j = 1, b.columns do
      local sum = a[i][1] * b[1][j]
      for k = 2, a.columns do sum = sum + a[i][k] * b[k][j] end
      rows[i][j] = sum
    end
  end
  return matrix(rows)
end
function Matrix.__eq(a, b)
  for i = 1, a.rows do
    for j = 1, a.columns do if a[i][j] ~= b[i][j] then return false end end
  end
  return a.rows == b.rows and a.columns == b.columns
end
function Matrix:__tostring()
  local lines = {}
  for i = 1, self.rows do
    local cells = {}
    for j = 1, self.columns do cells[j] = tostring(self[i][j]) end
    lines[i] = "[" .. table.concat(cells, " ") .. "]"
  end
  return table.concat(lines, " ")
end
-- Gauss-Jordan elimination; returns the inverse and the determinant.
function Matrix:invert(one, zero)
  local n, m, inverse, det = self.rows, matrix(self), Matrix.identity(self.rows, one, zero), one
  for c = 1, n do
    local pivot = c
    while pivot <= n and m[pivot][c] == zero do pivot = pivot + 1 end
    if pivot > n then return nil, zero end
    if pivot ~= c then
      m[c], m[pivot], inverse[c], inverse[pivot], det = m[pivot], m[c], inverse[pivot], inverse[c], -det
    end
    local p = m[c][c]
    det = det * p
    for j = 1, n do m[c][j], inverse[c][j] = m[c][j] / p, inverse[c][j] / p end
    for i = 1, n do
      local f = m[i][c]
      if i ~= c and f ~= zero then
        for j = 1, n do
          m[i][j], inverse[i][j] = m[i][j] - f * m[c][j], inverse[i][j] - f * inverse[c][j]
        end
      end
    end
  end
  return inverse, det
end

local one, zero = rational(1), rational(0)
for _, rows in ipairs { { { 2 } }, { { 1, 2 }, { 3, 4 } }, { { 0, 1 }, { 1, 0 } }, { { 2, -1, 0 }, { -1, 2, -1 }, { 0, -1, 2 } }, { { 1, 2 }, { 2, 4 } }, { { 1, 1, 1 }, { 0, 2, 5 }, { 2, 5, -1 } } } do
  local m = matrix(rows, rational)
  local inverse, det = m:invert(one, zero)
  print(m, "det " .. tostring(det), inverse, inverse and inverse * m == Matrix.identity(m.rows, one, zero))
end
local hilbert = {}
for i = 1, 5 do
  hilbert[i] = {}
  for j = 1, 5 do hilbert[i][j] = rational(1, i + j - 1) end
end
local h, d = matrix(hilbert):invert(one, zero)
print(h, d)
local f = matrix { { 4.0, 7.0 }, { 2.0, 6.0 } }
local fi, fd = f:invert(1.0, 0.0)
print(string.format("%.3f %.3f %.3f %.3f det %.3f", fi[1][1], fi[1][2], fi[2][1], fi[2][2], fd))
local fib = matrix { { 1, 1 }, { 1, 0 } }
local p = fib
for _ = 2, 90 do p = p * fib end
print(p)
print(pcall(function() return matrix { { 1, 2 } } * matrix { { 1, 2 } } end))
print(pcall(rational, 1, 0))
