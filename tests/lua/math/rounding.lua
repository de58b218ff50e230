-- math.floor, ceil, tointeger, modf.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function show(name, f, list)
  for _, v in ipairs(list) do
    local r = f(v)
    print(name, v, r, math.type(r))
  end
end
local values = { 0, 3, -3, 0.0, -0.0, 0.5, -0.5, 1.5, -1.5, 2.9999999, -2.9999999, 1e15 + 0.5, 2^53, -2^53, 2^62, 2^63, -2^63,
  2^63 - 1024, 1e100, -1e100, math.huge, -math.huge, math.maxinteger, math.mininteger, "3.7", "-3.7", "10", 5e-324, -5e-324 }
show("floor", math.floor, values)
show("ceil", math.ceil, values)
print(math.floor(0/0) ~= math.floor(0/0), math.type(math.floor(0/0)), math.type(math.ceil(0/0)))

for _, v in ipairs { 3, 3.0, -0.0, 3.5, "8", "8.0", "0x10", "8.5", "x", "", 2^53, 2^63, -2^63, math.huge, -math.huge, 0/0, "1e2", " 5 " } do
  local shown = v ~= v and "nan" or v
  print("tointeger", shown, math.tointeger(v))
end
print(math.tointeger({}), math.tointeger(true), math.tointeger(print), math.tointeger(nil))
e(math.tointeger)

for _, v in ipairs { 0, 5, -5, 0.0, -0.0, 3.25, -3.25, 1e100, -1e100, math.huge, -math.huge, math.maxinteger, "2.5", 0.1, 5e-324 } do
  local i, f = math.modf(v)
  print("modf", v, i, f, math.type(i), math.type(f))
end
local i, f = math.modf(0/0)
print(i ~= i, f ~= f)

for _, name in ipairs { "floor", "ceil", "modf" } do
  e(math[name])
  e(math[name], nil)
  e(math[name], "x")
  e(math[name], {})
  e(math[name], true)
end
e(function() return math.floor("a") end)
