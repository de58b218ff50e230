-- Escape times over the Mandelbrot set, without early outs: float loops.
local function run(n)
  local limit = 60
  local total, inside = 0, 0
  for row = 0, n - 1 do
    local ci = 2.0 * row / n - 1.0
    for column = 0, n - 1 do
      local cr = 3.0 * column / n - 2.0
      local zr, zi, zr2, zi2 = 0.0, 0.0, 0.0, 0.0
      local steps = 0
      while steps < limit and zr2 + zi2 <= 4.0 do
        zi = 2.0 * zr * zi + ci
        zr = zr2 - zi2 + cr
        zr2, zi2 = zr * zr, zi * zi
        steps = steps + 1
      end
      total = total + steps
      if steps == limit then inside = inside + 1 end
    end
  end
  return total .. " " .. inside
end

return { name = "mandelbrot", n = 430, run = run, expect = "3690655 48667" }
