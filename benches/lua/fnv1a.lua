-- The 64-bit FNV-1a hash of many strings: bytes in, wrapping multiplications.
-- needs: 64-bit integers
local function hash(s)
  local h = 0xcbf29ce484222325
  for i = 1, #s do
    h = (h ~ s:byte(i)) * 0x100000001b3
  end
  return h
end

local function run(n)
  local all = 0
  for i = 1, n do
    all = all ~ hash("key/" .. i .. "/of/the/moon")
  end
  return ("%016x"):format(all)
end

return { name = "fnv1a", n = 130000, run = run, expect = "50b0b448fc0bc17e" }
