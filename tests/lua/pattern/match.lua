-- string.match: what is returned, and how anchors and captures behave.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(("hello"):match("l+"), ("hello"):match("(l)(l)"), ("hello"):match("x"), ("hello"):match(".-"), ("hello"):match(".*"))
print(("hello"):match("()"), ("hello"):match("()$"), ("hello"):match("h()e()"), ("hello"):match("(h)()"))
print(("2026-11-22T16:34:05"):match("(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)"))
print(("key=val"):match("(%w+)=(%w*)"), ("key="):match("(%w+)=(%w*)"), ("=val"):match("(%w*)=(%w*)"))
print(("path/to/file.txt"):match("([^/]+)%.(%a+)$"), ("path/to/file"):match("^(.*)/"), ("file"):match("^(.*)/"))
print(("  x  "):match("^%s*(.-)%s*$") .. "|", (""):match("^%s*(.-)%s*$") .. "|", ("   "):match("^%s*(.-)%s*$") .. "|")
print(("#ff8000"):match("^#(%x%x)(%x%x)(%x%x)$"), ("-12.5e3"):match("^[+-]?%d+%.?%d*[eE]?[+-]?%d*$"))

-- init
print(("abcabc"):match("b.", 3), ("abcabc"):match("^b", 2), ("abcabc"):match("^b", 3), ("abc"):match("", 4), ("abc"):match("", 5))
print(("abc"):match("c", -1), ("abc"):match("a", -1), ("abc"):match(".", -100), ("abc"):match("()", -2))

-- Anchors in the wrong place are ordinary characters.
print(("a^b"):match("a^b"), ("a$b"):match("a$b"), ("^x"):match("^^x"), ("x$"):match("x$$"), ("a^"):match("[%^]"), ("$"):match("%$"))
print(("ab"):match("(^a)"), ("^ab"):match("(^a)"), ("ab$"):match("b$"), ("ab$"):match("(b$)"))
print(("ab"):match("^(ab)$"), ("ab\n"):match("^ab$"), ("x\ny"):match("x.y"))

-- Nested and empty captures.
print(("abcd"):match("((a)(b))((c)d)"), ("abcd"):match("(a(b(c(d))))"), ("abcd"):match("()a()b()"), ("x"):match("(y*)x(y*)"))
print(("abc"):match("(a*)(b*)(c*)(d*)"), ("aaa"):match("(a-)(a*)"), ("aaa"):match("(a?)(a?)(a?)(a?)"))

-- Alternation does not exist: a bar is a bar.
print(("a|b"):match("a|b"), ("a"):match("a|b"))
print(string.match(2026, "%d%d$"), ("x1"):match(1), math.type(("12"):match("()")))

local t = { ("k1=v1,k2=v2"):match("(%w+)=(%w+),(%w+)=(%w+)") }
print(#t, table.concat(t, "/"))
local caps = { (("x"):rep(40)):match(("(x)"):rep(32)) }
print(#caps)

e(string.match)
e(string.match, "x")
e(string.match, "x", {})
e(string.match, nil, "x")
e(string.match, "x", "x", {})
e(string.match, ("x"):rep(40), ("(x)"):rep(33))
