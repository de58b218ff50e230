-- Branches that nothing predicts, in a hot loop: 2, then 4, then 8 ways through it.
local function run(n)
  local seed, a, b, c = 42, 0, 0, 1
  for _ = 1, n do
    seed = (seed * 16807) % 2147483647
    local bits = seed % 64
    if bits >= 32 then
      a = a + bits
    else
      b = b + 1
    end
    if bits % 32 >= 16 then
      b = b + a % 3
    else
      a = a - 1
    end
    if bits % 16 >= 8 then
      c = (c * 3 + a) % 8191
    else
      c = c + 1
    end
  end
  return a .. " " .. b .. " " .. c
end

return { name = "random branch", n = 1700000, run = run, expect = "39521556 1698429 2233" }
