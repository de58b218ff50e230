-- Strings as operands of arithmetic; the result kind follows the numeral.
local function show(v) return (math.type(v) or type(v)) .. ":" .. tostring(v) end
print(show("10" + 1), show("10" * "2"), show("3.0" + 1), show("0x10" + 0), show(" 7 " - 1), show("1e1" * 1), show(-"2"),
  show(-"2.0"))
print(show("7" // 2), show("7" % "4"), show("7" / 2), show("2" ^ "3"), show("0x1p4" + 0), show("\t\n5\r" + 0))
print(show("9223372036854775807" + 1), show("9223372036854775808" + 0), show("-9223372036854775808" + 0),
  show("0xffffffffffffffff" + 0))
print(show(10 .. 20), show(10 .. 20 + 1), show("1" .. "2" + 1))
local s, t = "12", "0.5"
print(show(s + t), show(s * 2), show(2 * s), show(s - t), show(s // t), show(-s), show(s % 5))
local function add(a, b) return a + b end
for _, bad in ipairs { "", " ", "abc", "1x", "0x", "1 2", "--1", "1e", "inf", "nan", "1,5", "٣", "0b1", "1\0", "- 1" } do
  print(string.format("%q", bad), select(2, pcall(add, bad, 1)))
end
print(pcall(add, "5", {}))
print(pcall(add, {}, "5"))
print(pcall(add, "5", "x"))
print(pcall(add, nil, "5"))
print(pcall(add, true, 1))
-- no coercion in comparison or equality or indexing
print("10" == 10, 10 ~= "10", pcall(function() return "10" < 5 end))
print(pcall(function() return 5 < "10" end))
local k = { [10] = "int", ["10"] = "str" }
print(k[10], k["10"], k[10.0], k["10.0"])
-- tonumber and friends
for _, v in ipairs { "10", "  10  ", "10 a", "0x1F", "0x1Fp-1", "1e3", ".5", "5.", ".", "", "1e+", "0x", "1_0", "+5",
  "-5", "- 5", "+-5", "--5", "1e400", "nan", "inf", "0x1p-2000", "1\0", "1.5e-2", "١" } do
  print(string.format("%q", v), show(tonumber(v)))
end
print(tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("-ff", 16), tonumber("8", 8), tonumber("101",
  2), tonumber(" 11 ", 2), tonumber("", 10), tonumber("1.0", 10), tonumber("7fffffffffffffff", 16),
  tonumber("ffffffffffffffff", 16), tonumber("10000000000000000", 16))
print(pcall(tonumber, "10", 1))
print(pcall(tonumber, "10", 37))
print(pcall(tonumber, 10, 10))
print(pcall(tonumber))
print(tonumber(nil), tonumber({}), tonumber(print), tonumber(5), tonumber(5.5))
print(math.tointeger("8"), math.tointeger(8.0), math.tointeger(8.5), math.tointeger("x"), math.tointeger(2^63),
  math.tointeger({}))
print(string.rep("ab", "3"), ("x"):rep(2.0), pcall(string.rep, "x", 1.5))
print(pcall(string.rep, "x", "1.5"))
print(pcall(string.rep, "x", "y"))
