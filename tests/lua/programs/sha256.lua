-- SHA-256 with 32-bit arithmetic in 64-bit integers.

-- The constants are the fractional parts of roots of the first primes.
local primes = {}
do
  local n = 2
  while #primes < 64 do
    local prime = true
    for _, p in ipairs(primes) do
      if p * p > n then break end
      if n % p == 0 then prime = false break end
    end
    if prime then primes[#primes + 1] = n end
    n = n + 1
  end
end

-- A root below 2^7 leaves 46 bits of a float for its fraction: more than the 32 wanted.
local function fraction(root) return math.floor(root % 1 * 4294967296.0) end

local K, H = {}, {}
for i = 1, 64 do K[i] = fraction(primes[i] ^ (1 / 3)) end
for i = 1, 8 do H[i] = fraction(primes[i] ^ 0.5) end

local function rotate(x, n) return (x >> n | x << (32 - n)) & 0xFFFFFFFF end

local function sha256(message)
  local h = table.move(H, 1, 8, 1, {})
  local padded = message .. "\x80" .. ("\0"):rep((55 - #message) % 64) .. string.pack(">I8", #message * 8)
  local w = {}
  for block = 1, #padded, 64 do
    for i = 1, 16 do w[i] = string.unpack(">I4", padded, block + i * 4 - 4) end
    for i = 17, 64 do
      local x, y = w[i - 15], w[i - 2]
      local s0 = rotate(x, 7) ~ rotate(x, 18) ~ x >> 3
      local s1 = rotate(y, 17) ~ rotate(y, 19) ~ y >> 10
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) & 0xFFFFFFFF
    end
    local a, b, c, d, e, f, g, hh = table.unpack(h)
    for i = 1, 64 do
      local s1 = rotate(e, 6) ~ rotate(e, 11) ~ rotate(e, 25)
      local t1 = hh + s1 + (e & f ~ ~e & g) + K[i] + w[i]
      local s0 = rotate(a, 2) ~ rotate(a, 13) ~ rotate(a, 22)
      local t2 = s0 + (a & b ~ a & c ~ b & c)
      hh, g, f, e, d, c, b, a = g, f, e, (d + t1) & 0xFFFFFFFF, c, b, a, (t1 + t2) & 0xFFFFFFFF
    end
    for i, v in ipairs { a, b, c, d, e, f, g, hh } do h[i] = (h[i] + v) & 0xFFFFFFFF end
  end
  return (("%08x"):rep(8)):format(table.unpack(h))
end

print(("%08x %08x %08x"):format(K[1], K[2], K[64]), ("%08x %08x"):format(H[1], H[8]))
for _, text in ipairs { "", "abc", "The quick brown fox jumps over the lazy dog", ("a"):rep(55), ("a"):rep(56), ("a"):rep(64), ("ab"):rep(500), "\0\1\2\255" } do
  print(sha256(text), #text)
end
