-- The Game of Life on a torus stored in one flat array, double buffered.
local function run(n)
  local width, height = 128, 64
  local size = width * height
  local now, after, seed = {}, {}, 2026
  for i = 1, size do
    seed = (seed * 16807) % 2147483647
    now[i] = seed % 3 == 0 and 1 or 0
    after[i] = 0
  end
  for _ = 1, n do
    for y = 0, height - 1 do
      local above = (y - 1) % height * width
      local here = y * width
      local below = (y + 1) % height * width
      for x = 1, width do
        local w = x > 1 and x - 1 or width
        local e = x < width and x + 1 or 1
        local near = now[above + w] + now[above + x] + now[above + e]
          + now[here + w] + now[here + e]
          + now[below + w] + now[below + x] + now[below + e]
        after[here + x] = (near == 3 or near == 2 and now[here + x] == 1) and 1 or 0
      end
    end
    now, after = after, now
  end
  local alive, check = 0, 0
  for i = 1, size do
    alive = alive + now[i]
    check = (check * 3 + now[i]) % 4294967296
  end
  return alive .. " " .. check
end

return { name = "game of life", n = 160, run = run, expect = "867 1530087567" }
