-- Numerals: decimal, exponent, hexadecimal, and their math.type.
local function show(...)
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    print(i, math.type(v), string.format("%q", v))
  end
end
show(0, 1, 007, 3., .5, 3.0, 0.0, 1e1, 1E+1, 1e-1, 5e0, 314.16e-2, 0.31416E1)
show(0xff, 0XA, 0xBEBADA, 0x0, 0x.1, 0x1., 0xA.8, 0x0.1E, 0xA23p-4, 0X1.921FB54442D18P+1)
show(0x1p4, 0x1P-2, 0x.8p1, 0xep1, 0xe+1, 0x1p+2)
-- decimal integers that do not fit become floats
show(9223372036854775807, 9223372036854775808, 9223372036854775809, 18446744073709551616)
show(-9223372036854775808, -9223372036854775809, 1000000000000000000000)
-- hexadecimal integers wrap modulo 2^64
show(0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0x10000000000000000)
show(0x123456789abcdef01234, 0x1ffffffffffffffffff, 0xfffffffffffffffff)
print(0x8000000000000000 == math.mininteger, 0xffffffffffffffff == -1)
-- extremes of floats
show(1e308, 1e309, 1e-308, 5e-324, 1e-325, 2.2250738585072014e-308, 1.7976931348623157e308)
show(0.1, 0.2, 0.3, 0.1 + 0.2, 1 / 3, 123456789012345680, 1e15, 1e16, 1e100)
show(0x1p1023, 0x1p1024, 0x1p-1074, 0x1p-1075, 0x0.0000000000001p-1000)
-- a dot after a number needs care with ..
print(1 ..2, 1. ..2, 0x10 .."", 2 ..".")
-- many digits
show(0.1000000000000000055511151231257827, 12345678901234567890123456789012345678901234567890)
show(0x0000000000000000000000000000000000001, 00000000000000000000000000000000000000012)
