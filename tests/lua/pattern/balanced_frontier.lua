-- %b, %f and back references.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function m(s, p)
  local t = table.pack(s:match(p))
  for i = 1, t.n do t[i] = string.format("%q", t[i]) end
  print(string.format("%q %q", s, p), table.concat(t, " "))
end

m("f(a(b)c)d)", "%b()") m("((x)", "%b()") m("(x", "%b()") m("x)", "%b()") m("()", "%b()") m("{{}{}}", "%b{}") m("[a[b]]c]", "%b[]")
m("if x then y end", "%bfd") m("abcba", "%bac") m("xx yy xx", "%bxx") m('say "hi" now', '%b""') m("<<a>>", "%b<>") m("f(x)(y)", "%b()%b()")
m("call(1, (2))", "(%w+)(%b())") m("call(1, (2))", "%((.-)%)") m("x(y", "x%b()") m("a\0b\0c", "%b\0\0") m("(a)\0(b)", "%b()\0%b()")
print((("f(a)(b) g(c(d))"):gsub("%b()", "()")), (("a {b {c}} d {e}"):gsub("%b{}", string.upper)))
local function strip(s) return (s:gsub("%b()", function(p) return "[" .. strip(p:sub(2, -2)) .. "]" end)) end
print(strip("a(b(c)d)(e)f"), strip("unmatched ( here"))

print((("THE (quick) fox"):gsub("%f[%a]%a+", "<%0>")), ("THE (quick) fox"):find("%f[%a]%a+%f[^%a]", 5))
print((("hello world again"):gsub("%f[%w]%w", string.upper)), (("x1 22y zz"):gsub("%f[%d]%d+", "#")))
m("foo.bar", "%f[%w]bar") m("foobar", "%f[%w]bar") m("bar", "%f[%w]bar") m("bar", "bar%f[%W]") m("barn", "bar%f[%W]") m("aba", "%f[a]a%f[b]")
m("", "%f[%z]") m("a", "%f[\0]") m("abc", "%f[\0]()") m("abc", "%f[%w]()%w+%f[%W]()") m("[[]]", "%f[[]%[%[") m("a]", "%f[]]%]") m("xy", "%f[^x]y")
local words = {}
for w in ("do dog done do."):gmatch("%f[%w]do%f[%W]") do words[#words + 1] = w end
print(#words)

m("abcabc", "(abc)%1") m("abcabd", "(abc)%1") m("xx yy z", "(%w)%1") m("hello", "(l)%1") m("say 'it' ok", "(['\"])(.-)%1") m('say "it\'s" ok', "(['\"])(.-)%1")
m("abab cdcd", "(%a)(%a)%1%2") m("level", "^(.)(.).%2%1$") m("aXaYa", "(a).%1.%1") m("", "()%1") m("aa", "(a)(%1)") m("<b>x</b>", "<(%w+)>(.-)</%1>") m("[==[x]]]==]", "%[(=*)%[(.-)%]%1%]")
m("abcdefghij", "(a)(b)(c)(d)(e)(f)(g)(h)(i)j") m("112233445566", "(1)%1(2)%2(3)%3")
print((("the the cat sat sat"):gsub("(%w+) %1", "%1")))

e(string.match, "x", "%b") e(string.match, "x", "%b(") e(string.match, "x", "x%bx") e(string.match, "x", "%f") e(string.match, "x", "%fa") e(string.match, "x", "%f[")
e(string.match, "x", "%f[a") e(string.match, "x", "%1") e(string.match, "x", "(x)%2") e(string.match, "x", "(x%1)") e(string.match, "x", "%0") e(string.match, "x", "(x)%0")
e(string.match, "x", "(x") e(string.match, "x", "((x)") e(string.match, "x", "x)") e(string.match, "x", ")") e(string.match, "x", "(") e(string.match, "x", "()(")
e(string.match, "y", "(x") e(string.match, "x", "(()") e(string.find, "x", "%9") e(string.gsub, "x", "(", "y") e(string.gsub, "x", "x)", "y") e(string.gsub, "x", "%b", "y")
