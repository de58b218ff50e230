-- xorshift64*, and a walk of a thousand counters driven by it.
-- needs: 64-bit integers
local function run(n)
  local x = 88172645463325252
  local counters = {}
  for i = 1, 1024 do counters[i] = 0 end
  for _ = 1, n do
    x = x ~ x << 13
    x = x ~ x >> 7
    x = x ~ x << 17
    local i = (x * 0x2545F4914F6CDD1D >> 54) + 1
    counters[i] = counters[i] + 1
  end
  local low, high = counters[1], counters[1]
  for i = 2, 1024 do
    if counters[i] < low then low = counters[i] end
    if counters[i] > high then high = counters[i] end
  end
  return x .. " " .. low .. " " .. high
end

return { name = "xorshift", n = 4000000, run = run, expect = "-6118449664913668572 3728 4107" }
