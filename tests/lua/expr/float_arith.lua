-- Float results, signed zeros, infinities, nan; constants versus variables.
local function fmt(x)
  if x ~= x then return "nan" end
  if x == 0 and math.type(x) == "float" and 1 / x < 0 then return "-0.0" end
  return tostring(x)
end
local function all(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = fmt(t[i]) end
  print(table.concat(t, " "))
end
local inf, z, nz = math.huge, 0.0, -0.0
all(1 / z, -1 / z, 1 / nz, -1 / nz, z / z, inf - inf, inf * z, inf / inf, inf + inf, -inf - inf)
all(z + nz, nz + nz, nz - z, z - z, -z, -nz, z * -1, nz * -1, 0 * -1, 0 * -1.0, 0 / -1, -0, 0 - 0.0)
all(1 / -0.0, 1 / (0 * -1.0), 1 / -(0.0), 1 / (-0), 1 / (0.0 - 0.0), 1 / math.abs(nz))
all(1e308 * 10, -1e308 * 10, 1e-320 / 1e10, 5e-324 / 2, 1e308 + 1e308, 2^1024, 2^-1075, 2^-1074)
all(7 / 2, 6 / 2, -7 / 2, 1 / 3, 2 / 3, 10 / 5, 0 / 5, 9007199254740993 / 1, 9223372036854775807 / 1)
all(2^2, 2^0.5, 2^-1, (-2)^2, (-2)^3, (-2)^0.5, 0^0, 0^-1, nz^-1, inf^0, (0/0)^0, 1^inf, (-1)^inf, 0^inf, 2^inf, 2^-inf)
all(10^2, 10^15, 10^16, 10^-2, 100^0.5, 8^(1/3), 2^53, 2^63, 2^64, -2^63, 3^40)
all(0.1 + 0.2, 0.1 * 3, 1 - 0.9, 1e16 + 1, 1e15 + 0.5, 4.35 * 100, 1.1 * 1.1)
all(1 + 1.0, 1.0 * 2, 3 - 1.0, 2.0 ^ 2, 2 // 1.0, 5 % 2.0, -(2.0), -(-0.0))
-- nan compares with nothing
local nan = 0 / 0
print(nan == nan, nan ~= nan, nan < nan, nan <= nan, nan > 1, nan < 1, 1 < nan, 1 >= nan, not (nan > 1), nan == 1)
if nan < 1 then print "lt" elseif nan >= 1 then print "ge" else print "neither" end
while nan < 1 do print "never" break end
local n = 0
repeat n = n + 1 until not (nan > n)
print(n, math.max(1, 2.5), math.min(-0.0, 0), math.type(math.max(1, 2.0)), math.type(math.max(2, 1.0)))
-- accumulated error is the IEEE one
local s = 0
for i = 1, 10 do s = s + 0.1 end
print(s, s == 1, string.format("%a", s))
s = 0
for i = 1, 1000 do s = s + 1 / i end
print(string.format("%.17g", s))
print(math.maxinteger + 0.0 == 2^63, math.maxinteger + 1.0, math.mininteger + 0.0, math.maxinteger * 1.0 - 1)
