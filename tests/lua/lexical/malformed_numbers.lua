-- What the scanner swallows as one numeral, and how it complains.
for _, src in ipairs {
  "1x", "1.2.3", "1..2", "3e", "3e+", "3e-x", "0x", "0xg", "0x.p1", "0x1p", "0x1p+", "1e1e1",
  "0x1.2.3", "08x", "1_000", "12abc", "3.4a", "1e5.5", "0xep-1p2", ".5.", "0b101", "1f", "2LL",
  "0x1p1.5", "1...2", "9in", "0x5pq",
} do
  local f, msg = load("return " .. src, "=n")
  print(src, f and f() or msg)
end
-- accepted odd shapes
for _, src in ipairs {
  "0x.8", "0x8.", "5 .. 6", "1e+05", "0Xa.Bp3", "1 .. .5", "3 -2", "3-2", "3--2\n-1", "0xe-1", "0xE+1", "1e0", "00.e0",
} do
  local f, msg = load("return " .. src, "=n")
  local v = f and f()
  print((src:gsub("\n", "\\n")), f and math.type(v), f and v or msg)
end
-- a keyword may not touch a number, but an operator may
print(load("return 1and 2", "=n"))
print(load("return 1 and 2", "=n")())
print(load("return 0xand", "=n"))
print(load("return 1or 2", "=n"))
print(load("return 2*3+4^2-1//1", "=n")())
print(load("local t={10,20} return t[1]+t[2]", "=n")())
