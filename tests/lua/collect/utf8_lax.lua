-- utf8 with the lax flag: surrogates and code points up to 2^31 - 1.
local codes = { 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xD800, 0xDFFF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF, 0x110000, 0x1FFFFF,
  0x200000, 0x3FFFFFF, 0x4000000, 0x7FFFFFFF }
for _, c in ipairs(codes) do
  local s = utf8.char(c)
  local bytes = {}
  for i = 1, #s do bytes[i] = ("%02X"):format(s:byte(i)) end
  print(("%X"):format(c), table.concat(bytes, " "), utf8.len(s), utf8.len(s, 1, -1, true),
    (pcall(utf8.codepoint, s)), utf8.codepoint(s, 1, 1, true) == c)
end
local all = utf8.char(table.unpack(codes))
print(utf8.len(all, 1, -1, true) == #codes, utf8.len(all))
local n = 0
for p, c in utf8.codes(all, true) do
  n = n + 1
  if codes[n] ~= c then print("differs at", n) end
end
print(n, #codes)
print(pcall(function() for _ in utf8.codes(all) do end end))
print(utf8.offset(all, #codes), utf8.offset(all, -1), #all)
print(select("#", utf8.codepoint(all, 1, -1, true)))
print(pcall(utf8.codepoint, all, 1, -1))
-- What is no character in lax mode either.
for _, s in ipairs { "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xF8\x80\x80\x80\x80",
  "\xFC\x80\x80\x80\x80\x80", "\xFE", "\xFF", "\xC2", "\xE2\x82", "\xF0\x9F\x98", "a\xC2b", "\xFD\xBF\xBF\xBF\xBF" } do
  print(#s, utf8.len(s, 1, -1, true))
  print(pcall(utf8.codepoint, s, 1, #s, true))
  print(pcall(function() for _ in utf8.codes(s, true) do end end))
end
-- Flags are truth values.
local surrogate = utf8.char(0xD800)
print(utf8.len(surrogate, 1, -1, 0), utf8.len(surrogate, 1, -1, false), utf8.len(surrogate, nil, nil, "yes"))
print(pcall(utf8.char, -1))
print(pcall(utf8.char, 0x80000000))
print(pcall(utf8.codes, 1, 2), pcall(utf8.codes))
print(("\u{7FFFFFFF}"):byte(1, -1))
print(utf8.charpattern == "[\0-\x7F\xC2-\xFD][\x80-\xBF]*")
for c in ("a\u{E9}\u{20AC}"):gmatch(utf8.charpattern) do io.write(#c, " ") end
print()
