-- Infinity, zeros with sign, not-a-number.
local inf, nan = math.huge, 0/0
local function n(v) return v ~= v and "nan" or tostring(v) end

print(inf, -inf, inf + inf, inf * -1, inf * inf, n(inf - inf), n(inf * 0), n(inf / inf), 1 / inf, -1 / inf, inf // 1, n(inf // inf), n(inf % 2))
print(inf > math.maxinteger, -inf < math.mininteger, inf == inf, inf == inf + 1, inf ~= -inf, 2^1024 == inf, 1/0 == inf, -1/0 == -inf)
print(nan == nan, nan ~= nan, nan < nan, nan <= nan, nan > 1, nan < 1, nan == 1, not (nan < 1), rawequal(nan, nan))
print(0.0 == -0.0, 1 / 0.0, 1 / -0.0, -0.0, 0.0 * -1, -(0.0), 0.0 - 0.0, -0.0 + 0.0, -0.0 - 0.0, -0.0 * -0.0, 0 * -1, -0, 0 // -1, 0.0 // -1)
print(0/0 ~= 0/0, -(0/0) ~= 0/0, n(nan + 1), n(nan ^ 0), n(1 ^ nan), n(nan // 1), n(nan % 1), n(math.sqrt(-4)), n(math.log(-1)), n(math.fmod(inf, 1)))
print(inf ^ 0, 0 ^ 0, 0.0 ^ -1, (-0.0) ^ -1, (-8) ^ (1/3) ~= (-8) ^ (1/3), (-2) ^ 3, (-2) ^ 2, 2 ^ -1074, 2 ^ -1075, -2 ^ 2, 2 ^ 3 ^ 2)
print(5 // 0.0, -5 // 0.0, n(0 // 0.0), 5.0 // 0, n(5 % 0.0), n(-5 % 0.0), n(0.0 % 0), 5 % inf, -5 % inf, 5 % -inf, -5 % -inf, 5.5 // inf, -5.5 // inf)
print(math.floor(-0.0), math.ceil(-0.5), math.abs(-0.0), math.max(-0.0, 0), math.tointeger(-0.0), math.floor(inf), math.ceil(-inf))
print(tostring(inf), tostring(-inf), string.format("%f %d", inf, 0), inf .. "", tonumber("inf"), tonumber("nan"), tonumber("1e999"), tonumber("-1e999"))
print(math.type(nan), math.type(inf), type(nan))

-- A nan never equals itself, in tables and in loops too.
local t = { nan, 1, nan }
local same = 0
for _, v in ipairs(t) do if v == nan then same = same + 1 end end
print(#t, same, t[nan])
local s = { [inf] = "inf", [-inf] = "-inf", [0.0] = "zero" }
print(s[1e999], s[-1e999], s[-0.0], s[0])

-- The sign of a zero survives copies, tables, concatenation and formatting.
local z = -0.0
local copy = { z }
print(1 / copy[1], z .. "", string.format("%g %.1f %a", z, z, z), string.format("%d", z), 1 / (z + 0), 1 / (z * 1), 1 / math.abs(z), 1 / -z)
for i = 1, 3 do z = -z end
print(1 / z, 0.0 + z, z - 0.0, z == 0)
for _, x in ipairs { 1.5, -1.5, inf, -inf, nan, 0.0, -0.0 } do
  io.write(n(-x), " ", n(x + 0), " ", n(x - x), " ", n(x * 0), " ", tostring(x == x), "; ")
end
print()
