-- sqrt, exp, log, trigonometry, deg, rad: ten digits.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function show(name, f, ...)
  local out = {}
  for i = 1, select("#", ...) do
    local r = f((select(i, ...)))
    out[i] = r ~= r and "nan" or string.format("%.10f", r)
  end
  print(name, table.concat(out, " "))
end

show("sqrt", math.sqrt, 0, 1, 2, 4, 0.25, 1e10, 144, -1, math.huge, "9")
show("exp", math.exp, 0, 1, -1, 0.5, 10, -100, -math.huge, "1")
show("log", math.log, 1, 2, 10, 0.5, math.exp(1), 1e100, -1, math.huge, "100")
show("sin", math.sin, 0, 1, -1, math.pi / 2, math.pi / 6, 3, 100, "1")
show("cos", math.cos, 0, 1, -1, math.pi, math.pi / 3, 3, 100)
show("tan", math.tan, 0, 1, -1, math.pi / 4, 3, 100)
show("asin", math.asin, 0, 0.5, 1, -1, 2)
show("acos", math.acos, 0, 0.5, 1, -1, -2)
show("atan", math.atan, 0, 1, -1, 0.5, 1000, math.huge, -math.huge)
show("deg", math.deg, 0, math.pi, math.pi / 2, 1, -math.pi)
show("rad", math.rad, 0, 180, 90, 1, -360)
print(math.sqrt(16), math.sqrt(2.25), math.exp(0), math.log(1), math.sin(0), math.cos(0), math.deg(0), math.rad(0), math.type(math.sqrt(4)))
print(math.log(0), -math.log(0), math.sqrt(math.huge), math.exp(1000), math.exp(-1000), math.atan(0.0), math.atan(-0.0))

for _, p in ipairs { { 8, 2 }, { 1024, 2 }, { 0.125, 2 }, { 1000, 10 }, { 0.001, 10 }, { 81, 3 }, { 27, 9 }, { 2, 4 }, { 5, 5 }, { 100, 10.0 }, { 1, 7 }, { 1 << 62, 2 } } do
  io.write(string.format("log(%s,%s)=%.10f ", p[1], p[2], math.log(p[1], p[2])))
end
print()
print(math.log(8, 2), math.log(1000, 10), math.log(2^40, 2), math.log(1e15, 10))
for _, p in ipairs { { 1, 1 }, { 1, -1 }, { -1, 1 }, { -1, -1 }, { 0, 1 }, { 0, -1 }, { 1, 0 }, { -1, 0 }, { 0, 0 }, { 3, 4 } } do
  io.write(string.format("%.6f ", math.atan(p[1], p[2])))
end
print()
print(string.format("%.15f", math.pi), math.pi == math.acos(-1), math.huge, -math.huge, math.huge == 1/0)

-- Identities to within rounding.
local worst = 0
for i = -20, 20 do
  local x = i / 3
  worst = math.max(worst, math.abs(math.sin(x)^2 + math.cos(x)^2 - 1), math.abs(math.tan(x) - math.sin(x) / math.cos(x)) / (1 + math.abs(math.tan(x))))
  worst = math.max(worst, math.abs(math.log(math.exp(x)) - x))
end
print(worst < 1e-14)

for _, name in ipairs { "sqrt", "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "deg", "rad" } do
  e(math[name])
  e(math[name], "x")
end
e(math.log, 1, "x")
e(math.log, 2, {})
e(math.atan, 1, "y")
e(math.sqrt, {})
print(math.pow, math.cosh, math.sinh, math.tanh, math.log10)
