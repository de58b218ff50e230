-- math.fmod against the % operator.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

local ints = { 7, -7, 1, -1, 0, 3, -3, 10, math.maxinteger, math.mininteger }
for _, a in ipairs(ints) do
  local row = {}
  for _, b in ipairs { 3, -3, 1, -1, 10, math.maxinteger, math.mininteger } do
    row[#row + 1] = math.fmod(a, b) .. "/" .. a % b
  end
  print(a, table.concat(row, " "))
end
local floats = { 7.5, -7.5, 0.0, -0.0, 1e100, math.huge, -math.huge, 5e-324 }
for _, a in ipairs(floats) do
  local row = {}
  for _, b in ipairs { 2, -2, 0.3, -0.3, 1e50, math.huge, -math.huge } do
    local x, y = math.fmod(a, b), a % b
    row[#row + 1] = (x ~= x and "nan" or tostring(x)) .. "/" .. (y ~= y and "nan" or tostring(y))
  end
  print(a, table.concat(row, " "))
end
print(math.type(math.fmod(5, 3)), math.type(math.fmod(5.0, 3)), math.type(math.fmod(5, 3.0)))
print(math.fmod("7", 3), math.fmod(7, "3.0"), math.fmod("7.5", "2"))
print(math.fmod(6, -2), math.fmod(-6, 2), math.fmod(-6.0, 2), -6 % 2.0, -6.0 % 2, 6 % -2.0)
for _, pair in ipairs { { 1, 0.0 }, { 1.0, 0 }, { 0.0, 0.0 }, { math.huge, 2 } } do
  local x, y = math.fmod(pair[1], pair[2]), pair[1] % pair[2]
  print(pair[1], pair[2], x ~= x, y ~= y)
end

e(math.fmod, 1, 0)
e(math.fmod, math.mininteger, 0)
e(function() return 1 % 0 end)
e(function() return 1 // 0 end)
e(function() local a, b = 5, 0 return a % b end)
e(math.fmod)
e(math.fmod, 1)
e(math.fmod, 1, nil)
e(math.fmod, "x", 1)
e(math.fmod, 1, "x")
e(math.fmod, {}, 1)
e(math.fmod, 1.5, {})
