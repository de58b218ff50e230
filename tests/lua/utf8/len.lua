-- utf8.len: counts, ranges, the position of the first bad byte.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

local s = "aé€😀z"
print(#s, utf8.len(s), utf8.len(""), utf8.len("\0\0"), utf8.len("plain"))
print(utf8.len(s, 2), utf8.len(s, 4), utf8.len(s, 7), utf8.len(s, 11), utf8.len(s, 12))
print(utf8.len(s, -1), utf8.len(s, -5), utf8.len(s, 1, 1), utf8.len(s, 1, 2), utf8.len(s, 1, 3), utf8.len(s, 2, 4), utf8.len(s, 5, 4))
print(utf8.len(s, 1, -2), utf8.len(s, 1, 0), utf8.len("", 1), utf8.len("abc", 4), utf8.len("abc", 4, 10 - 7))
print(utf8.len(s, "2"), utf8.len(s, 2.0), utf8.len(12345))

-- A start in the middle of a character.
print(utf8.len(s, 3))
print(utf8.len(s, 5))
print(utf8.len(s, -2))

local bad = {
  "\xff", "a\x80", "\xC3", "\xC3a", "\xE2\x82", "\xE2\x28\xA1", "\xF0\x9F\x98", "abc\xF8", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
  "\xF0\x80\x80\x80", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF7\xBF\xBF\xBF", "\xFB\xBF\xBF\xBF\xBF", "\xFD\xBF\xBF\xBF\xBF\xBF", "\xFE", "ok\xE2\x82\xACthen\xC2",
}
for _, b in ipairs(bad) do
  local shown = b:gsub(".", function(c) return string.format("%02X", c:byte()) end)
  local n, at = utf8.len(b)
  local lax, laxAt = utf8.len(b, 1, -1, true)
  print(shown, n, at, lax, laxAt)
end
print(utf8.len("\u{D7FF}\u{E000}\u{10FFFF}"), utf8.len("\u{7FFFFFFF}", 1, -1, true), utf8.len("\u{D800}", 1, -1, true))
print(utf8.len(("é"):rep(1000)), utf8.len(("é"):rep(1000), 1001), utf8.len(("€"):rep(333) .. "\xFF"))

e(utf8.len)
e(utf8.len, nil)
e(utf8.len, {})
e(utf8.len, "abc", 5)
e(utf8.len, "abc", -4)
e(utf8.len, "abc", 0)
e(utf8.len, "abc", 1, 4)
e(utf8.len, "abc", "x")
e(utf8.len, "abc", 1.5)
e(utf8.len, "abc", 1, {})
e(utf8.len, "", 2)
e(utf8.len, "", 1, 1)
e(utf8.len, "abc", math.mininteger)
e(function() return utf8.len("abc", 10) end)
