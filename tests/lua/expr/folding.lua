-- A folded constant expression and the same operation on variables must agree.
local exprs = {
  "1 + 2", "1 + 2.0", "9223372036854775807 + 1", "-9223372036854775807 - 2", "3 * 4.5", "2 ^ 10", "2 ^ 0.5", "7 // 2",
    "-7 // 2", "7 // -2.0",
  "7 % -3", "-7 % 3.5", "1 / 3", "0.1 + 0.2", "1 << 62", "1 << 63", "1 << 64", "-1 >> 1", "-1 >> 64", "5 & 3", "5 | 3",
    "5 ~ 3", "3.0 | 0", "0x1p53 | 0",
  "0.0 + -0.0", "0.0 * -1", "0 * -1", "-0.0 - 0.0", "0.0 - 0.0", "1 // 0.0", "-1 // 0.0", "0.5 // 0.25", "1e308 * 10",
    "-1e308 * 10", "5e-324 / 2",
  "9223372036854775807 * 2", "3 - 3.0", "9007199254740993 + 0.0", "9007199254740992 + 1", "1e15 + 1", "100 // 0.1",
    "10 // 0.1", "5.5 % 1", "-5.5 % 1", "1 % 1e308",
  "0 / 5", "-0.0 / 5", "0.0 / -5", "255 // 16", "3 % 9223372036854775807", "-3 % 9223372036854775807",
}
local function show(v)
  if v ~= v then return "nan" end
  return string.format("%s %q", math.type(v), v)
end
local mismatches = 0
for _, e in ipairs(exprs) do
  local folded = load("return " .. e)()
  local l, op, r = e:match("^(%S+) (%S+) (%S+)$")
  local dynamic = load(("local a, b = %s, %s return a %s b"):format(l, r, op))()
  local left = load(("local b = %s return %s %s b"):format(r, l, op))()
  local right = load(("local a = %s return a %s %s"):format(l, op, r))()
  local s = show(folded)
  print(e, s)
  for _, v in ipairs { dynamic, left, right } do
    if show(v) ~= s then mismatches = mismatches + 1 print("  differs:", show(v)) end
  end
end
print("mismatches", mismatches)
-- not folded, fails or is special at run time
for _, e in ipairs { "1 // 0", "1 % 0", "1.5 | 1", "1 & 2^63", "'a' + 1", "-'x'", "1 < 'x'", "~1.5", "#5", "nil + 1",
  "-{}", "1 .. nil", "2 ^ {}" } do
  print(e, select(2, pcall(load("return " .. e, "=f"))))
end
print(show(0 / 0), show(-(0 / 0)), 0 / 0 == 0 / 0, show(0.0 % 0), show(1 % 0.0))
print(show(-0.0), show(- -0.0), show(-0), show(0 - 0.0), show(-(0.0)), show(~~5), show(- - -3), show(-math.mininteger))
local nz <const> = -0.0
local z <const> = 0.0
print(1 / nz, 1 / z, nz == z, show(nz), show(-z), show(nz + z))
