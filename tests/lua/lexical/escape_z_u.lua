-- \z skips whitespace (also newlines); \u{...} writes (extended) UTF-8.
local function hex(s)
  return (s:gsub(".", function(c) return string.format("%02X ", c:byte()) end))
end
print("one \z
       two \z

       three")
print("a\z b\z	c\zd")
print("[\z
]")
print(#"x\z
        \
y")
print(hex "\u{0}\u{7F}")
print(hex "\u{80}\u{7FF}")
print(hex "\u{800}\u{FFFF}")
print(hex "\u{10000}\u{10FFFF}")
print(hex "\u{110000}\u{1FFFFF}")
print(hex "\u{200000}\u{3FFFFFF}")
print(hex "\u{4000000}\u{7FFFFFFF}")
print(hex "\u{D800}\u{dfff}")
print(hex "\u{000000000041}")
print(utf8.len("\u{48}\u{20AC}\u{1F600}"), #"\u{48}\u{20AC}\u{1F600}")
for p, c in utf8.codes("a\u{E9}\u{4E2D}\u{1F600}") do print(p, c, string.format("%X", c)) end
print("\u{E9}" == "\xC3\xA9", "\u{20AC}" == "\226\130\172")
-- errors of each escape
for _, src in ipairs {
  [["\u{80000000}"]], [["\u{}"]], [["\u41"]], [["\u{41"]], [["\u{4g}"]],
  [["\x4"]], [["\xg0"]], [["\x"]], [["\256"]], [["\300 tail"]], [["\q"]], [["\ "]],
  [["abc\]], [["\u{123456789}"]], [["\-"]],
} do
  print(src, load("return " .. src, "=src"))
end
