-- The largest singular value of an infinite matrix, by the power method.
local function entry(i, j)
  local ij = i + j - 1
  return 1.0 / (ij * (ij - 1) * 0.5 + i)
end

local function multiply(x, y, n)
  for i = 1, n do
    local sum = 0.0
    for j = 1, n do sum = sum + x[j] * entry(i, j) end
    y[i] = sum
  end
end

local function multiplyTransposed(x, y, n)
  for i = 1, n do
    local sum = 0.0
    for j = 1, n do sum = sum + x[j] * entry(j, i) end
    y[i] = sum
  end
end

local function run(n)
  local u, v, t = {}, {}, {}
  for i = 1, n do u[i] = 1.0 end
  for _ = 1, 10 do
    multiply(u, t, n)
    multiplyTransposed(t, v, n)
    multiply(v, t, n)
    multiplyTransposed(t, u, n)
  end
  local uv, vv = 0.0, 0.0
  for i = 1, n do
    uv = uv + u[i] * v[i]
    vv = vv + v[i] * v[i]
  end
  return ("%.9f"):format((uv / vv) ^ 0.5)
end

return { name = "spectral norm", n = 280, run = run, expect = "1.274223948" }
