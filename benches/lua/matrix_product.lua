-- Dense matrix product over nested arrays of floats.
local function matrix(n, seed)
  local m = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do
      seed = (seed * 48271) % 2147483647
      row[j] = seed / 2147483647 - 0.5
    end
    m[i] = row
  end
  return m
end

local function multiply(a, b, n)
  local columns = {}
  for j = 1, n do
    local column = {}
    for k = 1, n do column[k] = b[k][j] end
    columns[j] = column
  end
  local c = {}
  for i = 1, n do
    local row, out = a[i], {}
    for j = 1, n do
      local column, sum = columns[j], 0.0
      for k = 1, n do sum = sum + row[k] * column[k] end
      out[j] = sum
    end
    c[i] = out
  end
  return c
end

local function run(n)
  local a, b = matrix(n, 1), matrix(n, 2)
  local c = multiply(a, multiply(b, a, n), n)
  local trace = 0.0
  for i = 1, n do trace = trace + c[i][i] end
  return ("%.9f"):format(trace)
end

return { name = "matrix product", n = 175, run = run, expect = "-22.202188374" }
