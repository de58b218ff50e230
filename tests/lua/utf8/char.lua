-- utf8.char and utf8.charpattern.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function hex(s) return (s:gsub(".", function(c) return string.format("%02X ", c:byte()) end)) end

print(hex(utf8.char()), #utf8.char())
for _, c in ipairs { 0, 0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xD800, 0xDFFF, 0xFFFF, 0x10000, 0x10FFFF, 0x110000, 0x1FFFFF, 0x200000, 0x3FFFFFF, 0x4000000, 0x7FFFFFFF } do
  local s = utf8.char(c)
  print(string.format("%X", c), #s, hex(s))
end
print(utf8.char(72, 228, 8364, 128512), utf8.char(0x4E2D, 0x6587), #utf8.char(1, 2, 3))
print(utf8.char("65", 66.0), utf8.char(955, 32, 955))
print(hex(utf8.charpattern))
print("\u{41}\u{E4}\u{20AC}\u{1F600}" == utf8.char(0x41, 0xE4, 0x20AC, 0x1F600), hex("\u{7FFFFFFF}"))

local many = {}
for i = 1, 200 do many[i] = 0x3B1 + i % 24 end
local s = utf8.char(table.unpack(many))
print(#s, utf8.len(s), s:sub(1, 8))
for c in ("aé€😀"):gmatch(utf8.charpattern) do io.write(hex(c), "| ") end
print()
print(("añb"):match("^" .. utf8.charpattern .. "()", 2), #("x"):match(utf8.charpattern))

e(utf8.char, -1)
e(utf8.char, 0x80000000)
e(utf8.char, math.maxinteger)
e(utf8.char, "x")
e(utf8.char, {})
e(utf8.char, 65, nil)
e(utf8.char, 65.5)
e(utf8.char, 65, 66, -7)
e(function() return utf8.char(true) end)
