-- string.format: %d %i %u %x %X %o %c with flags, widths, precisions.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function f(fmt, ...) print(fmt, "[" .. string.format(fmt, ...) .. "]") end

for _, fmt in ipairs { "%d", "%i", "%5d", "%-5d", "%05d", "%+d", "% d", "%.3d", "%8.3d", "%-8.3d", "%+.4d",
  "%+5d", "% 5d", "%-+6d", "%.0d", "%20d" } do
  f(fmt .. "|" .. fmt .. "|" .. fmt, 42, -42, 0)
end
f("%d %d", math.maxinteger, math.mininteger)
for _, fmt in ipairs { "%x", "%X", "%#x", "%#X", "%8x", "%08x", "%-8x", "%.5x", "%#10x", "%#.6x", "%o", "%#o", "%8o", "%.4o" } do
  f(fmt, 3054)
end
f("%x %X %o", -1, -1, -1)
f("%x %o", math.mininteger, math.mininteger)
f("%#x %#o %x", 0, 0, 0)
f("[%c%c%c]", 76, 117, 97)
f("%3c|%-3c|", 65, 66)
print(#string.format("%c", 0), string.format("%q", string.format("%c%c", 0, 255)))

f("%d", 3.0)
f("%d", -0.0)
f("%d", "10")
f("%d", "0x10")
f("%d", " 7 ")
f("%d", "3.0")
f("%x", 255.0)
f("%d", 2^53)
f("%d%%", 50)
f("%%")
f("%d %s %d", 1, "two", 3)
f("%99d", 1)
f("%.99d", 1)

e(string.format, "%d", 3.5)
e(string.format, "%d", "3.5")
e(string.format, "%d", 2^63)
e(string.format, "%d", 0/0)
e(string.format, "%d", "x")
e(string.format, "%d", {})
e(string.format, "%d")
e(string.format, "%d %d", 1)
e(string.format, "%x", 1.5)
e(string.format, "%c", "a")
e(string.format, "%d", nil)
e(string.format, "%u", 1)
e(string.format, "%100d", 1)
e(string.format, "%.100d", 1)
e(string.format, "%#d", 1)
e(string.format, "%0-5d", 1)
e(string.format, "%+x", 1)
e(string.format, "%.3c", 65)
e(string.format, "%0c", 65)
e(string.format, "%d", 1, 2, 3)
