-- string.gmatch: iteration, captures, empty matches, init, anchors.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function all(s, p, init)
  local out = {}
  for a, b, c in s:gmatch(p, init) do
    local item = tostring(a)
    if b ~= nil then item = item .. ":" .. tostring(b) end
    if c ~= nil then item = item .. ":" .. tostring(c) end
    out[#out + 1] = "<" .. item .. ">"
  end
  print(string.format("%q %q %s", s, p, tostring(init)), #out, table.concat(out))
end

all("one two  three", "%a+")
all("one two  three", "%s")
all("k1=v1; k2=v2", "(%w+)=(%w+)")
all("abc", "")
all("abc", "()")
all("abc", "x*")
all("aXbXc", "[^X]*")
all("aXbXc", "(%l)()")
all("", "")
all("", ".")
all("", "x*")
all("aaa", "a")
all("aaa", "aa")
all("aaa", "a-")
all("aaa", "a+")
all("abab", "^a")
all("abab", "^ab")
all("ab$ab", "b$")
all("THE (quick) fox", "%((%a+)%)")
all("a1b22c333", "%d+")
all("a,b,,c", "([^,]*)")
all("a,b,,c", "([^,]*),?")
all("one two three", "%a+", 5)
all("one two three", "%a+", 6)
all("one two three", "%a+", -5)
all("one two three", "%a+", 100)
all("one", "%a*", 4)
all("one", "", 5)
all("one", "", -1)
all("one", "^o", 1)
all("a\0b\0c", "%z(%a)")
all("2026-11-22", "(%d+)-?()")
all("x=1, y=2", "(%w)=(%w)()")

-- The iterator is a plain function and may be called past its end.
local it = ("a b"):gmatch("%a")
print(type(it), it(), it(), it(), it())

-- Two iterators do not disturb each other.
local first, second = ("abc"):gmatch("."), ("xyz"):gmatch(".")
print(first(), second(), first(), second(), first(), second(), first(), second())

-- Inside a loop: break, nested loops, growing results.
local count = {}
for word in ("the cat and the dog and the bird"):gmatch("%a+") do count[word] = (count[word] or 0) + 1 end
print(count.the, count["and"], count.cat, count.fish)
for line in ("l1 a\nl2 b\n"):gmatch("[^\n]*") do
  if line == "l2 b" then break end
  for word in line:gmatch("%S+") do io.write(word, ";") end
end
print()

e(string.gmatch)
e(string.gmatch, "x")
e(string.gmatch, "x", {})
e(string.gmatch, {}, "x")
e(string.gmatch, "x", "x", {})
e(string.gmatch, "x", "x", 1.5)
e(function() for _ in ("x"):gmatch("(") do end end)
e(function() for _ in ("x"):gmatch("%") do end end)
e(function() return ("x"):gmatch("[")() end)
print(type(("x"):gmatch("%")), "no error before the first step")
