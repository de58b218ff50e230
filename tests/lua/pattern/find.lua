-- string.find: positions, init, plain, captures.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local s = "hello world, hello moon"

local function f(subject, ...) print(string.format("%q", (...)), string.find(subject, ...)) end

f(s, "hello") f(s, "hello", 2) f(s, "hello", 15) f(s, "o w") f(s, "xyz")
f(s, "") f(s, "", 5) f(s, "", #s + 1) f(s, "", #s + 2) f("", "") f("", "", 1) f("", "", 2) f("", "a") f("", "^$")
f(s, "hello", -4) f(s, "moon", -4) f(s, "h", -100) f(s, "h", math.mininteger) f(s, "h", math.maxinteger) f(s, "h", 0) f(s, "hello", "2") f(s, "h", 2.0)
f(s, "l+") f(s, "l+", 5) f(s, "%s") f(s, "[,w]") f(s, "o$") f(s, "n$") f(s, "^h") f(s, "^e") f(s, "^hello", 14) f(s, "^hello", 13)

-- Plain search takes magic characters as they are.
f("a.b*c", ".", 1, true) f("a.b*c", "b*", 1, true) f("a%b", "%", 1, true) f("x", "[", 1, true) f("a.b", ".", 3, true)
f("aaa", "", 2, true) f("abc", "abcd", 1, true) f("abc", "c", -1, true) f("x+y", "+", nil, true) f("x+y", "+", 1, "yes") f("x+y", "+y", 1, 0)
print(pcall(string.find, "x+y", "[", 1, false))
f("a\0b\0c", "\0", 1, true) f("a\0b\0c", "\0", 3, true) f("a\0b", "%z") f("a\0b", "[\0]") f("a\0b", "\0b") f("a\0b", "b", 1, true)

-- Captures come after the positions.
f(s, "(h)(e)") f(s, "(%a+) (%a+)") f(s, "()ll()") f(s, "((w)o)") f(s, "()") f(s, "()$") f(s, "(x*)") f(s, "(x?)h")
f("key = value", "^(%w+)%s*=%s*(%w+)$") f("  trim me  ", "^%s*(.-)%s*$")
f("0123456789abcdef0123456789abcdef0123456789abcdef", "f(0)(1)(2)(3)(4)(5)(6)(7)(8)(9)")

f(12345, 34) f("12345", 45, "2") f("1.5", 1.5) f("aXb", "%u") f("a-b", "-", 1, true) f("a-b", "%-") f("a-b", "-") f("a.b", "a.b", 1, true)
local long = ("ab"):rep(5000) .. "c"
f(long, "c") f(long, "bc", 1, true) f(long, "abc") f(long, "ba", 9000, true) f(long, "[^ab]") f(long, "^[ab]*") f(long, "cc")

e(string.find)
e(string.find, "a")
e(string.find, "a", nil)
e(string.find, {}, "a")
e(string.find, "a", "a", "x")
e(string.find, "a", "a", 1.5)
e(string.find, "a", "a", {})
e(function() return s:find() end)
e(function() return s:find({}) end)
