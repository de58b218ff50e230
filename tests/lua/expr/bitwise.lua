-- Bitwise operators on integers and integral floats; strings are not coerced.
local function h(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = string.format("%x", t[i]) end
  print(table.concat(t, " "))
end
h(0xF0 & 0x3C, 0xF0 | 0x0F, 0xF0 ~ 0xFF, ~0, ~0xFF, -1 & 0xFFFF, -1 | 0, -1 ~ -1)
h(1 << 0, 1 << 1, 1 << 31, 1 << 32, 1 << 62, 1 << 63, 1 << 64, 1 << 65, 1 << 1000)
h(-1 >> 0, -1 >> 1, -1 >> 32, -1 >> 63, -1 >> 64, -1 >> 100)
h(1 << -1, 4 << -1, 1 >> -1, 1 >> -63, 1 >> -64, -1 << -60, 1 << math.mininteger, 1 >> math.mininteger,
  1 << math.maxinteger, 1 >> math.maxinteger)
for s = -66, 66, 6 do
  local v = 0x0123456789ABCDEF
  h(v << s, v >> s, -v << s, -v >> s)
end
-- operators with a constant on either side and with variables
local a, b, n = 0xDEADBEEF, 0xCAFEBABE, 7
h(a & b, a | b, a ~ b, ~a, a << n, a >> n, a << 4, a >> 4, 4 << n, 256 >> n, a & 0xFF, 0xFF & a, a | 1, 1 | a, a ~ 1, 1 ~ a)
h(a & 0xFFFFFFFF00000000, a | 0x8000000000000000, a ~ -1, -1 ~ a, a & -2, a << 0, a >> 0, 1 << 63 >> 63)
-- floats that have integer values
print(3.0 & 5, 3 | 4.0, 2^53 | 1, -0.0 | 0, ~1.0, 1 << 2.0, 256.0 >> 4, 2^62 // 1 | 0)
print(math.type(3.0 & 5), math.type(~1.0), math.type(-2^63 | 0), -2^63 | 0)
-- failures
local function try(f, ...) print(select(2, pcall(f, ...))) end
local function band(x, y) return x & y end
local function shl(x, y) return x << y end
local function bnot(x) return ~x end
try(band, 1.5, 1)
try(band, 1, 2^63)
try(band, 1, 0 / 0)
try(band, math.huge, 1)
try(band, "1.5", 1)
try(band, "abc", 1)
try(band, "10", 7)
try(band, 7, "0xff")
try(band, "10", "6")
try(load("return '10' & 7", "=c"))
try(load("return 7 | '10'", "=c"))
try(load("return 1 << '4'", "=c"))
try(load("return ~'5'", "=c"))
try(band, {}, 1)
try(band, 1, nil)
try(band, "10", {})
try(shl, 1, 0.5)
try(shl, true, 1)
try(bnot, 1.25)
try(bnot, "x")
try(bnot, "1.5")
try(bnot, nil)
try(load("local t = {} ; t.x = 2.5; return t.x | 1", "=c"))
try(load("return 1 | 2.5", "=c"))
try(load("return 1 << {}", "=c"))
try(load("local s = 'a' return s ~ 1", "=c"))
