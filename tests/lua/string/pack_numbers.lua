-- string.pack and unpack: integers of every size, floats, byte orders.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function hex(s) return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end
local function round(fmt, ...)
  local s = string.pack(fmt, ...)
  print(fmt, hex(s), #s, string.unpack(fmt, s))
end

for _, f in ipairs { "b", "B", "h", "H", "i", "I", "l", "L", "j", "J", "T" } do
  round("<" .. f, 100)
  round(">" .. f, 100)
end
for n = 1, 16 do round("<i" .. n, -2) end
for n = 1, 16 do round(">I" .. n, 7) end
round("<b", -128) round("<B", 255) round("<h", -32768) round("<H", 65535) round("<i3", -8388608) round("<I3", 16777215)
round("<j", math.mininteger) round(">j", math.maxinteger) round("<J", -1) round("<i8", math.mininteger) round("<i9", math.mininteger)
round("<I16", -1)
round("<f", 1.5) round(">f", -0.1) round("<d", 0.1) round(">d", -1e300) round("<n", 3) round("<d", math.huge) round(">f", -math.huge)
round("<f", 1e300) round("<d", -0.0) round("<f", 16777217)
round("<bhiB", 1, 2, 3, 4)
round(">i2 <i2 =i1", 1, 1, 1)
round("<d>d", 1, 1)
round("<j", 3.0)
round("<j", "12")
round("<d", "0.5")
print(string.unpack("<I2I2I2", "\1\0\2\0\3\0"))
print(string.unpack("<I2", "\1\0\2\0\3\0", 3))
print(string.unpack("<I2", "\1\0\2\0\3\0", -2))
print(string.unpack("", "abc"), string.unpack("", "abc", 4))
print(string.pack("") == "", string.unpack("<i16", ("\255"):rep(16)))

e(string.pack, "b", 128) e(string.pack, "b", -129) e(string.pack, "B", 256) e(string.pack, "B", -1)
e(string.pack, "<i2", 40000) e(string.pack, "<I3", 1 << 24) e(string.pack, "H", 65536) e(string.pack, "h", -32769)
e(string.pack, "i17", 1) e(string.pack, "i0", 1) e(string.pack, "I100", 1) e(string.pack, "i", 1.5) e(string.pack, "i", "x")
e(string.pack, "i") e(string.pack, "d", {}) e(string.pack, "y", 1) e(string.pack, "ii", 1) e(string.pack, "i4294967296", 1)
e(string.unpack, "<i4", "abc") e(string.unpack, "<i4", "abcd", 2) e(string.unpack, "<i4", "abcd", 6) e(string.unpack, "b", "", 1)
e(string.unpack, "<i9", ("\255"):rep(8) .. "\1") e(string.unpack, "<I9", ("\0"):rep(8) .. "\1") e(string.unpack, "i4")
e(string.unpack, "<i4", "abcd", -5) e(string.unpack, "d", "1234567") e(string.unpack)
