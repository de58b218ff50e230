-- Numbers to text and back.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function n(...)
  local v = tonumber(...)
  local from = (...)
  local shown = type(from) == "table" and "table" or string.format("%q", from)
  if #shown > 40 then shown = shown:sub(1, 40) .. "..." end
  print(v, math.type(v), shown, select(2, ...))
end

print(tostring(1), tostring(-0), tostring(1.0), tostring(-0.0), tostring(1e15), tostring(1e16), tostring(2^63))
print(tostring(0.1), tostring(1/3), tostring(1e100), tostring(1e-7), tostring(123456.789e3), tostring(3.14159265358979))
print(tostring(math.pi), tostring(-math.pi), tostring(1e300 * 1e10), tostring(-1e300 * 1e10))
print(tostring(nil), tostring(true), tostring(false), tostring("s"))
print(tostring(math.maxinteger), tostring(math.mininteger), tostring(math.maxinteger + 0.0))
print(2^24, 2^31, 2^53, 2^53 + 1, 1e14, 123456789012345.0, 0.1 + 0.2, 100 / 3)

n("10") n("  10  ") n("\t10\n") n("-10") n("+10") n("- 10") n("1 0") n("") n(" ") n("10x") n("0x") n("0x10") n("0XfF")
n("-0x10") n("0x1p4") n("0x.8") n("0xA.8p-1") n("0x1P+2") n("0x.p1") n("0xffffffffffffffff") n("0x1ffffffffffffffff")
n("1.") n(".5") n(".") n("1e5") n("1E+5") n("1e") n("1e+") n("1e-5") n("1.5e3x") n("5e-324") n("1e400") n("-1e400")
n("9223372036854775807") n("9223372036854775808") n("-9223372036854775808") n("-9223372036854775809")
n("123456789012345678901234567890") n("0009") n("1_000") n("inf") n("nan") n("0x1p-1074") n("1e1 ") n("1\0")
n("0b1") n("1f") n("1e5.0") n("++1") n("--1") n("0x-1") n("\v\f\r1")
n(5) n(5.5) n({}) n(nil) n(true) n(print == nil)
n("1" .. ("0"):rep(250)) 
print(tonumber("1" .. ("0"):rep(400)), tonumber(("9"):rep(30)))

n("10", 2) n("ff", 16) n("FF", 16) n("zz", 36) n("-zz", 36) n("8", 8) n("7", 8) n("  11  ", 2) n("1.0", 10) n("", 10)
n("1e1", 10) n("1e1", 16) n("0x10", 16) n("+1", 10) n("- 1", 10) n("7fffffffffffffff", 16) n("ffffffffffffffff", 16)
n("10000000000000000", 16) n("9", 9) n("1 2", 10) n("a", 10) n("99", 10.0) n("12", "10") n("-", 10) n("1\0", 10)

e(tonumber)
e(tonumber, "10", 1)
e(tonumber, "10", 37)
e(tonumber, 10, 10)
e(tonumber, {}, 10)
e(tonumber, nil, 10)
e(tonumber, "10", "x")
e(tonumber, "10", 2.5)
e(tonumber, "10", -1)
e(tostring)
print(tostring(nil, 1), tonumber("0x7fffffffffffffff") == math.maxinteger)
