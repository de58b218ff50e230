-- string.pack and unpack: counted, fixed and zero-terminated strings; padding and alignment.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function hex(s) return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end
local function show(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = string.format("%q", t[i]) end
  return table.concat(t, " ")
end
local function round(fmt, ...)
  local s = string.pack(fmt, ...)
  print(fmt, hex(s), #s, show(string.unpack(fmt, s)))
end

round("z", "abc") round("z", "") round("zz", "a", "b")
round("<s1", "abc") round("<s2", "abc") round(">s4", "abc") round("<s", "ab") round("<s8", "") round("<s16", "x")
round("c3", "abc") round("c5", "abc") round("c0", "") round("c1c2", "a", "bc")
round("x") round("xxbx", 1) round("<i1x<i2", 1, 2)
round("<s1s1", "a\0b", "\255")
round("<!4 i1 i4", 1, 2) round("<!4 i1 i2 i4", 1, 2, 3) round("<! i1 i8", 1, 2) round("<!2 i1 i8", 1, 2) round("<!1 i1 i8", 1, 2)
round("<!8 i1 d", 1, 2) round("<!4 i1 Xi4 i1", 1, 2) round("<!8 i1 Xd i1", 1, 2) round("<!4 i1 !2 Xi4 i1", 1, 2)
round("<!4 b s4", 1, "hi") round("<!4 b Xi2", 5) round("!2 <b Xh <h", 1, 2)
round(" <i1  >i2 ", 1, 2)
print(show(string.unpack("z", "abc\0def")), show(string.unpack("z", "abc\0def\0", 5)))
print(show(string.unpack("<s1", "\3abcd")), show(string.unpack("c2", "abcd", 3)))
print(show(string.unpack("zBc2", "key\0\7xyz")))

for _, fmt in ipairs { "", "b", "<i2i4", "!4 i1 i4", "!8 b d", "c10", "xxx", "<!4 b Xi4", "i16", "f", "d", "n", "j", "!16 b i16", "c0", "!2 b Xi8", "bXh" } do
  print(fmt, string.packsize(fmt))
end
print(string.packsize("i") == #string.pack("i", 0), string.packsize("l") == #string.pack("l", 0), string.packsize("T") == #string.pack("T", 0))

e(string.pack, "z", "a\0b") e(string.pack, "s1", ("x"):rep(256)) e(string.pack, "c2", "abc") e(string.pack, "c", "a")
e(string.pack, "s17", "a") e(string.pack, "!17 i4", 1) e(string.pack, "!3 i4", 1) e(string.pack, "!4 i3", 1) e(string.pack, "X") e(string.pack, "Xz")
e(string.pack, "Xi3") e(string.pack, "!4 Xi3") e(string.pack, "X<") e(string.pack, "!0 i4", 1) e(string.pack, "z", nil) e(string.pack, "s", {})
e(string.packsize, "s") e(string.packsize, "z") e(string.packsize, "q") e(string.packsize, "c2147483647c2147483647")
e(string.packsize, "i20") e(string.packsize, "c99999999999999999999") e(string.packsize)
e(string.unpack, "z", "abc") e(string.unpack, "<s1", "\5abc") e(string.unpack, "c5", "abc") e(string.unpack, "x", "") e(string.unpack, "<s4", "\255\255\255\255")
e(string.unpack, "!4 i1 i4", "\1\0\0") e(string.unpack, "z", "", 1) e(string.unpack, "c1", "abc", 4) e(string.unpack, "c0", "abc", 5)
