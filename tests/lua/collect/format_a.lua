-- string.format('%a'): hexadecimal floats with flags, widths and precisions.
local values = { 0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1.5, 3.75, 0.1, 1 / 3, 100, 255.5, 1e10, 1e-10, 1e100, 1e-300, 1e308,
  2.0 ^ -1022, 2.0 ^ -1074, 2.0 ^ -1030, 2.0 ^ 1023, 1.7976931348623157e308, 1 / 0, -1 / 0, math.pi, -math.pi }
for _, v in ipairs(values) do
  print(("%a"):format(v), ("%A"):format(v), ("%.0a"):format(v), ("%.1a"):format(v), ("%.5a"):format(v), ("%.20a"):format(v))
end
for _, v in ipairs { 1.0, -2.5, 0.0, 1 / 0 } do
  print(("[%20a] [%-20a] [%020a] [%+a] [% a] [%#a]"):format(v, v, v, v, v, v))
  print(("[%+20.3a] [%-+20.3A] [%+020.3a] [% 020.3a] [%#.0a] [%1a]"):format(v, v, v, v, v, v))
end
for _, v in ipairs(values) do
  local text = ("%a"):format(v)
  if v - v == 0 and tonumber(text) ~= v then print("doesn't come back", text) end
end
print(tonumber("0x1p4"), tonumber("0x.8p1"), tonumber("0x1.8"), tonumber("0xA.8p-1"), tonumber("0x1p"), tonumber("0xp1"))
print(("%a"):format(3), ("%a"):format("0x10"), ("%.3a"):format(1.99999), ("%.0a"):format(1.5), ("%.0a"):format(2.5))
-- Rounding to even in the last digit.
print(("%.1a %.1a %.1a %.1a"):format(0x1.08p0, 0x1.18p0, 0x1.28p0, 0x1.f8p0))
print(pcall(string.format, "%a", "x"))
print(pcall(string.format, "%a"))
print(pcall(string.format, "%a", {}))
print(pcall(string.format, "%100a", 1))
print(pcall(string.format, "%.100a", 1))
print(pcall(string.format, "%la", 1))
