-- Float loops and errors of the control values.
local function run(a, b, c)
  local out, n = {}, 0
  for i = a, b, c or 1 do
    n = n + 1
    out[n] = math.type(i) == "float" and tostring(i) or "int?" .. i
    if n >= 8 then out[n + 1] = "..." break end
  end
  print(a, b, c, table.concat(out, " "))
end
run(1.0, 3); run(1, 3, 1.0); run(1, 3, 0.5); run(1.5, 3.5); run(3, 1, -0.5); run(0.1, 0.5, 0.1); run(1.0, 0); run(1.0, -1, -1)
run(0.0, math.huge); run(-math.huge, 0, math.huge); run(math.huge, math.huge); run(1.0, 1.0); run(2^53, 2^53 + 4); run(-0.0, 0)
run(1e300, 1e308, 1e307); run(0.0, 1e-323, 5e-324); run(1.0, 2, math.huge); run(5, 1.0, -2.0)
local n = 0
for x = 0, 1, 0.1 do n = n + 1 end
print(n)
n = 0
for x = 0.0, 1.0, 0.25 do n = n + 1 end
print(n)
n = 0
for x = 1.0, 0 / 0 do n = n + 1 end
for x = 0 / 0, 1.0 do n = n + 1 end
for x = 1.0, 2.0, 0 / 0 do n = n + 1 end
print(n)
local acc = 0
for x = 10, 0, -2.5 do acc = acc * 10 + x end
print(acc)
local s = 0.0
for x = 1.0, 10000.0 do s = s + x end
print(s)
-- control errors
local function try(src) print(src, select(2, pcall(load(src, "=f")))) end
try "for i = 1, 10, 0 do end"
try "for i = 1.0, 10, 0.0 do end"
try "for i = 1, 10, 0.0 do end"
try "for i = 1.0, 10, 0 do end"
try "for i = 10, 1, 0 do end"
try "for i = 'a', 10 do end"
try "for i = 1, 'x' do end"
try "for i = 1, 10, 'y' do end"
try "for i = nil, 10 do end"
try "for i = 1, nil do end"
try "for i = 1, 10, {} do end"
try "for i = 1, 10, nil do end"
-- numeric strings are coerced; a coerced start or step makes a float loop
for i = "1", 3 do io.write(math.type(i), " ", i, " ") end
for i = 1, "3" do io.write(math.type(i), " ", i, " ") end
for i = 1, 2, "1" do io.write(math.type(i), " ", i, " ") end
for i = "0x10", 17 do io.write(math.type(i), " ", i, "\n") end
try "for i = '1x', 10 do end"
try "for i = 1, '' do end"
try "for i = 1, 2, '0' do end"
try "for i = 1.5, {} do end"
try "for i = 1.5, 2, 'z' do end"
try "for i = true, false do end"
try "for i = 'a', 'b', 'c' do end"
try "for i = {}, 1, 0 do end"
try "for i = 1, print do end"
try "local t = {}\nfor i = t.x,\n 10 do end"
print(load("for i = 1, 2 do i = 5 end", "=ro"))
print(load("for i = 1, 2 do local function f() i = 5 end end", "=ro"))
print(load("for k, v in pairs {} do k = 1 end", "=ro"))
print(load("for k, v in pairs {} do v = v .. '!' end", "=ro") ~= nil)
print(load("for k, v in pairs {} do local k = k; k = 5; v = 1 end", "=ro") ~= nil)
print(load("for i = 1, 2 do local i = i; i = 3 end", "=ro") ~= nil)
print(load("for i = 1 do end", "=ro"))
print(load("for i = 1, 2, 3, 4 do end", "=ro"))
print(load("for 1 = 1, 2 do end", "=ro"))
print(load("for i, j = 1, 2 do end", "=ro"))
print(load("for t.x = 1, 2 do end", "=ro"))
