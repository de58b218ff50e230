-- Floor division and modulo in every combination of sign and kind.
local nums = { 5, -5, 3, -3, 5.0, -5.0, 3.5, -3.5, 0.0, -0.0, 0.5, -0.5, 1e308, -1e308, math.huge, -math.huge }
local function fmt(x)
  if x ~= x then return "nan" end
  if x == 0 and 1 / x < 0 then return "-0.0" end
  return tostring(x)
end
local function idiv(a, b) return a // b end
local function mod(a, b) return a % b end
for _, a in ipairs(nums) do
  local q, r = {}, {}
  for i, b in ipairs(nums) do
    q[i], r[i] = fmt(idiv(a, b)), fmt(mod(a, b))
  end
  print(fmt(a) .. " //", table.concat(q, " "))
  print(fmt(a) .. " %", table.concat(r, " "))
end
-- the same by constant folding
print(7 // 2, -7 // 2, 7 // -2, -7 // -2, 7 % 3, -7 % 3, 7 % -3, -7 % -3)
print(7 // 2.0, -7 // 2.0, 7.5 // 2, -7.5 // 2, 7 % 3.0, -7 % 3.0, 7 % -3.0, -7 % -3.0)
print(fmt(0 % -3), fmt(-0.0 % 3), fmt(0.0 % -3), fmt(-6 % 3.0), fmt(6 % -3.0), fmt(6.0 // -7), fmt(0.0 // -1))
print(5 % math.huge, -5 % math.huge, 5 % -math.huge, -5 % -math.huge, fmt(math.huge % 5), fmt(math.huge % math.huge))
print(5 // math.huge, -5 // math.huge, 5 // -math.huge, -5 // -math.huge, fmt(math.huge // 5), fmt(math.huge // math.huge))
print(5.3 % 2, -5.3 % 2, 5.3 % -2, -5.3 % -2, 1e15 % 7, 2^53 % 3, -2^53 % 3)
print(math.maxinteger % 2.0, math.mininteger % 3.0, math.maxinteger // 3.0, math.maxinteger // 1e10)
print(0.1 % 0.01, 1 % 0.1, 1 // 0.1, 3 % 0.7, -3 % 0.7)
-- identity a == (a // b) * b + a % b for integers
local bad = 0
for a = -20, 20 do
  for b = -6, 6 do
    if b ~= 0 then
      local m = a % b
      if a ~= (a // b) * b + m or (m ~= 0 and (m < 0) ~= (b < 0)) then bad = bad + 1 end
    end
  end
end
print("violations", bad)
