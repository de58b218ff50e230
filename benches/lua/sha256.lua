-- SHA-256 over a long message: 32-bit words in 64-bit integers, tables of 64.
-- needs: 64-bit integers
local K, H = {}, {}
do
  local n, count = 2, 0
  while count < 64 do
    local prime = true
    for d = 2, n - 1 do
      if d * d > n then break end
      if n % d == 0 then prime = false break end
    end
    if prime then
      count = count + 1
      K[count] = math.floor(n ^ (1 / 3) % 1 * 4294967296.0)
      if count <= 8 then H[count] = math.floor(n ^ 0.5 % 1 * 4294967296.0) end
    end
    n = n + 1
  end
end

local function block(h, w, data, at)
  for i = 1, 16 do w[i] = string.unpack(">I4", data, at + 4 * i - 4) end
  for i = 17, 64 do
    local x, y = w[i - 15], w[i - 2]
    local s0 = (x >> 7 | x << 25) ~ (x >> 18 | x << 14) ~ x >> 3
    local s1 = (y >> 17 | y << 15) ~ (y >> 19 | y << 13) ~ y >> 10
    w[i] = w[i - 16] + (s0 & 0xFFFFFFFF) + w[i - 7] + (s1 & 0xFFFFFFFF) & 0xFFFFFFFF
  end
  local a, b, c, d, e, f, g, k = h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8]
  for i = 1, 64 do
    local s1 = ((e >> 6 | e << 26) ~ (e >> 11 | e << 21) ~ (e >> 25 | e << 7)) & 0xFFFFFFFF
    local t1 = k + s1 + (e & f ~ ~e & g) + K[i] + w[i]
    local s0 = ((a >> 2 | a << 30) ~ (a >> 13 | a << 19) ~ (a >> 22 | a << 10)) & 0xFFFFFFFF
    local t2 = s0 + (a & b ~ a & c ~ b & c)
    k, g, f, e, d, c, b, a = g, f, e, d + t1 & 0xFFFFFFFF, c, b, a, t1 + t2 & 0xFFFFFFFF
  end
  h[1], h[2], h[3], h[4] = h[1] + a & 0xFFFFFFFF, h[2] + b & 0xFFFFFFFF, h[3] + c & 0xFFFFFFFF, h[4] + d & 0xFFFFFFFF
  h[5], h[6], h[7], h[8] = h[5] + e & 0xFFFFFFFF, h[6] + f & 0xFFFFFFFF, h[7] + g & 0xFFFFFFFF, h[8] + k & 0xFFFFFFFF
end

-- Hashes n kilobytes.
local function run(n)
  local message = ("The moon keeps one face to us. !"):rep(32 * n)
  local padded = message .. "\x80" .. ("\0"):rep((55 - #message) % 64) .. string.pack(">I8", #message * 8)
  local h, w = { table.unpack(H) }, {}
  for at = 1, #padded, 64 do block(h, w, padded, at) end
  return ("%08x%08x%08x%08x%08x%08x%08x%08x"):format(table.unpack(h))
end

return { name = "sha256", n = 640, run = run, expect = "cbbd0fe519807e7d58993f84c0774d8c897c1b0b929831049f6ef4557219598d" }
