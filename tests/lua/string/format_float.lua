-- string.format: %f %F %e %E %g %G %a %A.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function f(fmt, ...) print(fmt, "[" .. string.format(fmt, ...) .. "]") end

local values = { 0.0, 1.0, -1.5, 3.14159265358979, 1e10, 1e-10, 123456789.125, 1e100, 5e-324, 0.1 }
for _, fmt in ipairs { "%f", "%.0f", "%.3f", "%10.2f", "%-10.2f|", "%+.1f", "% .1f", "%010.3f", "%e", "%.0e", "%.3E",
  "%12.4e", "%g", "%.3g", "%.10g", "%G", "%+g", "%12g", "%-12g|", "%.17g", "%#.3g" } do
  local out = {}
  for i, v in ipairs(values) do out[i] = fmt:format(v) end
  print(fmt, table.concat(out, " "))
end
f("%#.0f %.0f", 3, 3)
f("%#x %#g", 255, 1.5)
for _, v in ipairs { 1.0, 0.5, -2.75, 1e300, 0.1, 0.0, 1024, 5e-324 } do f("%a %A", v, v) end
f("%.3a %.0a %20a|%-12a|%+a", 3.14159, 1.5, 1.0, 2.0, 3.0)
f("%f %f", math.huge, -math.huge)
f("%5.1f|%-6g|%06f|%E", math.huge, math.huge, math.huge, -math.huge)
f("%a %A", math.huge, -math.huge)
print((string.format("%f %g %e", 0/0, 0/0, 0/0):gsub("%-", "")))
print((string.format("%E %G", 0/0, 0/0):gsub("%-", "")))
f("%.20f", 0.1)
f("%.15g %.16g %.17g", 0.1, 0.1, 0.1)
f("%.14g %.14g", 2^53, 2^63)
f("%.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5)
f("%.2f %.2f", 2.675, 1.005)
f("%f", "1.5")
f("%.1f", 7)
f("%g", "0x10")
f("%g %g", math.maxinteger, math.mininteger)
f("%.99f", 1/3)
f("%99.99f", 1e308)
f("%5s|%5.1f", "x", -0.0)
f("%g %g %g %g", 100000, 1000000, 1e15, 123456)
f("%g %g", 0.0001, 0.00001)

e(string.format, "%f", "x")
e(string.format, "%f", {})
e(string.format, "%f")
e(string.format, "%g", nil)
e(string.format, "%e", true)
e(string.format, "%100f", 1)
e(string.format, "%.100f", 1)
e(string.format, "%5.5.5f", 1)
e(string.format, "%--f", 1)
e(string.format, "%-+ #0f", 1)
e(string.format, "%-+ #00f", 1)
e(string.format, "%-+ #000f", 1)
e(string.format, "%.f", 1.5)
e(string.format, "%F", 1.5)
