-- MD5, and a few checks on how digests behave.
local S = {}
for round, shifts in ipairs { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } } do
  for i = 0, 15 do S[(round - 1) * 16 + i] = shifts[i % 4 + 1] end
end
local K = {}
for i = 0, 63 do K[i] = math.floor(math.abs(math.sin(i + 1)) * 4294967296.0) end

local function md5(message)
  local a0, b0, c0, d0 = 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476
  local padded = message .. "\x80" .. ("\0"):rep((55 - #message) % 64) .. string.pack("<I8", #message * 8)
  for block = 1, #padded, 64 do
    local m = { string.unpack(("<" .. ("I4"):rep(16)), padded, block) }
    local a, b, c, d = a0, b0, c0, d0
    for i = 0, 63 do
      local f, g
      if i < 16 then
        f, g = (b & c) | (~b & d), i
      elseif i < 32 then
        f, g = (d & b) | (~d & c), (5 * i + 1) % 16
      elseif i < 48 then
        f, g = b ~ c ~ d, (3 * i + 5) % 16
      else
        f, g = c ~ (b | ~d), 7 * i % 16
      end
      f = (f + a + K[i] + m[g + 1]) & 0xFFFFFFFF
      a, d, c = d, c, b
      b = (b + (f << S[i] | f >> (32 - S[i]))) & 0xFFFFFFFF
    end
    a0, b0, c0, d0 = (a0 + a) & 0xFFFFFFFF, (b0 + b) & 0xFFFFFFFF, (c0 + c) & 0xFFFFFFFF, (d0 + d) & 0xFFFFFFFF
  end
  return (string.pack("<I4I4I4I4", a0, b0, c0, d0):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local samples = {
  "", "a", "abc", "message digest", "abcdefghijklmnopqrstuvwxyz",
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", ("1234567890"):rep(8),
}
for _, s in ipairs(samples) do print(md5(s), #s) end

-- Lengths around the block border all differ and are stable.
local seen, distinct = {}, 0
for n = 50, 70 do
  local digest = md5(("x"):rep(n))
  assert(digest == md5(("x"):rep(n)) and #digest == 32)
  if not seen[digest] then seen[digest], distinct = n, distinct + 1 end
end
print(distinct)

-- One flipped bit changes about half of the digest.
local function difference(a, b)
  local bits = 0
  for i = 1, 32 do
    local x = tonumber(a:sub(i, i), 16) ~ tonumber(b:sub(i, i), 16)
    while x ~= 0 do bits, x = bits + (x & 1), x >> 1 end
  end
  return bits
end
print(difference(md5("hello"), md5("hello")), difference(md5("hello"), md5("hellp")), difference(md5("hello"), md5("Hello")))

-- A chain of digests of digests.
local chain = "seed"
for _ = 1, 100 do chain = md5(chain) end
print(chain)
