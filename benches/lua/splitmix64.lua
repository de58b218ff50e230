-- A 64-bit generator by multiplication and shifts: integers that use all their bits.
-- needs: 64-bit integers
local function run(n)
  local state, sum, bits = 42, 0, 0
  for _ = 1, n do
    state = state + 0x9E3779B97F4A7C15
    local z = state
    z = (z ~ z >> 30) * 0xBF58476D1CE4E5B9
    z = (z ~ z >> 27) * 0x94D049BB133111EB
    z = z ~ z >> 31
    sum = sum + z
    bits = bits + (z & 1)
  end
  return sum .. " " .. bits
end

return { name = "splitmix64", n = 4000000, run = run, expect = "8539180745700233141 2000517" }
