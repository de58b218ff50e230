-- utf8.offset: from character numbers to byte positions, both ends of the character.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

local s = "aé€😀z"
for n = -7, 7 do
  io.write(n, "(")
  io.write(tostring((utf8.offset(s, n))), " ", tostring((select(2, utf8.offset(s, n)))), ") ")
end
print()
print(utf8.offset(s, 1), utf8.offset(s, 3))
print(utf8.offset(s, 6))
print(utf8.offset(s, 7))
print(utf8.offset(s, -1))
print(utf8.offset(s, 0))
print(utf8.offset("", 1))
print(utf8.offset("", 0))
print(utf8.offset("", 2), utf8.offset("", -1))

-- With a starting position.
for _, p in ipairs { { 1, 2 }, { 2, 2 }, { 3, 2 }, { 1, 4 }, { -1, 4 }, { -2, 4 }, { -3, 4 }, { 1, 12 }, { -1, 12 }, { -5, 12 }, { 2, 11 }, { 3, 11 }, { 1, -1 }, { -1, -1 }, { 2, 7 } } do
  print(p[1], p[2], utf8.offset(s, p[1], p[2]))
end
-- Zero finds the start of the character that holds a byte.
for i = 1, #s + 1 do
  local from, to = utf8.offset(s, 0, i)
  io.write(i, ":", tostring(from), "-", tostring(to), " ")
end
print()
print(utf8.offset(s, "2"), utf8.offset(s, 2.0), utf8.offset("abc", 2, "2"))

-- Substrings by characters.
local function sub(text, i, j)
  local from = utf8.offset(text, i)
  local _, to = utf8.offset(text, j)
  return text:sub(from, to)
end
print(sub(s, 2, 3), sub(s, 1, 1), sub(s, 4, 4), sub(s, -2, -1), sub("привет", 2, 4))

-- The function counts continuation bytes and does not validate.
print(utf8.offset("\xFF\xFE", 2), utf8.offset("a\x80\x80b", 2), utf8.offset("a\x80\x80b", 0, 3))
e(utf8.offset, "\x80\x80", 0, 2)

e(utf8.offset)
e(utf8.offset, "abc")
e(utf8.offset, nil, 1)
e(utf8.offset, "abc", "x")
e(utf8.offset, "abc", 1.5)
e(utf8.offset, "abc", 1, 5)
e(utf8.offset, "abc", 1, -4)
e(utf8.offset, "abc", 1, 0)
e(utf8.offset, "abc", 1, "x")
e(utf8.offset, s, 1, 3)
e(utf8.offset, s, -1, 5)
e(utf8.offset, s, 2, 9)
e(utf8.offset, "\x80", 1)
e(utf8.offset, "", 1, 2)
print(utf8.offset("abc", 5), utf8.offset("abc", -4), utf8.offset("abc", math.maxinteger), utf8.offset("abc", math.mininteger))
