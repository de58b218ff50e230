-- Mixers whose intermediate values need all 64 bits.
local function splitmix(seed)
  local s = seed
  return function()
    s = s + 0x9E3779B97F4A7C15
    local z = s
    z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ~ (z >> 27)) * 0x94D049BB133111EB
    return z ~ (z >> 31)
  end
end
local r = splitmix(42)
for _ = 1, 5 do local v = r() print(v, string.format("%016x", v)) end
local function fnv1a(s)
  local h = 0xcbf29ce484222325
  for i = 1, #s do h = (h ~ s:byte(i)) * 0x100000001b3 end
  return h
end
for _, s in ipairs { "", "a", "foobar", "lua", ("x"):rep(1000) } do print(#s, string.format("%x", fnv1a(s))) end
local x = 88172645463325252
for i = 1, 200 do
  x = x ~ (x << 13); x = x ~ (x >> 7); x = x ~ (x << 17)
  if i <= 3 or i == 200 then print(i, x) end
end
local function rotl(v, k) return (v << k) | (v >> (64 - k)) end
local s0, s1 = 1, 2
for i = 1, 100 do
  local res = s0 + s1
  s1 = s1 ~ s0
  s0, s1 = rotl(s0, 24) ~ s1 ~ (s1 << 16), rotl(s1, 37)
  if i > 97 then print(i, res, s0, s1) end
end
-- linear congruential generator, knuth constants
local l = 1
for i = 1, 1000 do l = l * 6364136223846793005 + 1442695040888963407 end
print(l, l >> 33, l // 3, l % 1000007)
-- stored in tables, as keys, as upvalues, through varargs
local keep, keys = {}, {}
r = splitmix(7)
for i = 1, 300 do local v = r() keep[i] = v keys[v] = i end
local ok = true
for i, v in ipairs(keep) do ok = ok and keys[v] == i and math.type(v) == "integer" end
print(ok, keep[1], keep[300], select("#", table.unpack(keep)))
local sum = 0
for _, v in ipairs(keep) do sum = sum + v end
print(sum)
-- boundary of 48 bit fields
for _, sh in ipairs { 46, 47, 48, 49, 50, 51, 52, 53, 62, 63 } do
  local p = 1 << sh
  print(sh, p, p - 1, -p, -p - 1, p + p, p * 3, (p | 1) == p + 1, p // -3, p % 1000)
end
local t = { [1 << 47] = "a", [1 << 48] = "b", [-(1 << 47)] = "c", [math.maxinteger] = "d", [math.mininteger] = "e" }
print(t[140737488355328], t[281474976710656], t[-140737488355328], t[2^47], t[2^48], t[9223372036854775807], t[-2^63])
