-- * + - ? and backtracking.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function m(s, p) print(string.format("%q %q", s, p), s:match(p)) end

m("aaab", "a*") m("aaab", "a+") m("aaab", "a-") m("aaab", "a?") m("baaa", "a*") m("baaa", "a+") m("baaa", "a-b") m("baaa", "a?b")
m("aaab", "a*b") m("aaab", "a+b") m("aaab", "a-b") m("aaab", "a?b") m("aaab", "^a-b") m("aaab", "^a?b") m("aaa", "^a-$") m("", "^a*$")
m("aaa", "a*a") m("aaa", "a*aa") m("aaa", "a*aaa") m("aaa", "a*aaaa") m("aaa", "a+aa") m("aaa", "a+aaa") m("aaa", "a-a-a-") m("aaa", "(a*)(a+)")
m("aaa", "(a-)(a+)") m("aaa", "(a?)(a*)") m("aaa", "(a+)(a?)") m("aaa", "(a*)(a-)$") m("xay", ".*a") m("xayaz", ".*a") m("xayaz", ".-a") m("xayaz", ".-a.-z")
m("<a><b>", "<.*>") m("<a><b>", "<.->") m("<a><b>", "<[^>]*>") m("/* x */ y /* z */", "/%*.*%*/") m("/* x */ y /* z */", "/%*.-%*/")
m("a.b.c", "^(.-)%.(.*)$") m("a.b.c", "^(.*)%.(.-)$") m("abc", "^(.-)%.(.*)$") m("key: value: more", "^(.-):%s*(.*)$")
m("foo123bar", "(%a+)(%d+)(%a+)") m("foo123bar", "(%a-)(%d*)(%a-)$") m("12345", "(%d?%d?%d?)(%d*)") m("12345", "(%d+)(%d%d)") m("a\n\nb", "a\n*b")
m("ab", "a?b?c?") m("c", "a?b?c?") m("", "a?b?c?") m("--x", "%-*x") m("--x", "%--x") m("--x", "-*x") m("+1", "[+-]?%d") m("1", "[+-]?%d")
m("*", "*") m("+", "+") m("?", "?") m("-", "-") m("**", "**") m("a*", "a%*") m("a**", "a**") m("^*", "^*") m("^a", "^^*a") m("x$y", "x$*y")
m("aXbXc", "(.-)X(.*)") m("aXbXc", "(.*)X(.-)") m("aXbXc", "(.-)X(.-)$") m("(a)", "%((.*)%)") m("[[x]]", "%[%[(.-)%]%]")

-- A quantifier after a capture or after %b is not a quantifier.
m("(a)+", "(a)+") m("aa", "(a)+") m("a+", "(a)+") m("()x", "%b()x") m("()*", "%b()*") m("aa", "(a)%1*") m("aa*", "(a)%1*")

-- Thousand separators, by repeated substitution.
local function commas(n)
  local s, k = tostring(n), nil
  repeat s, k = s:gsub("^(-?%d+)(%d%d%d)", "%1,%2") until k == 0
  return s
end
print(commas(1), commas(1234), commas(1234567), commas(-123456), commas(1000000000000))

-- Deep backtracking that still ends fast.
local s = ("a"):rep(25)
print(s:match("^(a-)(a-)(a-)b"), s:match("a*a*a*b"), #s:match("^" .. ("a?"):rep(12) .. ("a"):rep(25) .. "$"))
local long = ("x"):rep(3000)
print(#long:match(".*"), #long:match("x+"), #long:match(".-$"), long:match("x*y"), #long:match("^[^y]*$"))

-- Recursion inside the matcher is limited; single-character loops are not.
local many = ("a?"):rep(300)
e(string.match, ("a"):rep(300), many .. "b")
e(string.match, ("a"):rep(3000), "^" .. ("(a)"):rep(30) .. ".-b")
print(#(("a"):rep(300000)):match("^.-$"))
