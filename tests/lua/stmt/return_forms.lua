-- return must end a block; optional semicolon; values pass unchanged.
local function a() return end
local function b() return; end
local function c() return 1, 2, 3; end
local function d() do return "in do" end print "unreachable" end
local function e(x) if x then return "then" else return "else" end end
local function f(...) return ... end
local function g() return f(1, nil, 3, nil) end
print(a(), b(), c())
print(select("#", a()), select("#", b()), select("#", c()), d(), e(true), e(false), select("#", g()), select("#", f()),
  select("#", f(nil)))
local function h() while true do for i = 1, 3 do repeat if i == 2 then return i, "nested" end until true end end end
print(h())
-- closures still see the locals of the returned function
local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end
local inc, get = counter()
inc() inc()
print(get())
-- returning many values
local function many(n) if n == 0 then return end return n, many(n - 1) end
print(select("#", many(150)), (many(150)), select(150, many(150)))
print(select("#", table.unpack({}, 1, 200)), select(200, table.unpack({}, 1, 200)))
-- chunk-level return
print(load("return 1, 2")())
print(load("return ...")(7, 8))
print(load("return")())
print(load("return;")())
print(load("do return 5 end return 6")())
print(load("local x <const> = 3; return x, -x, x .. ''")())
-- return followed by something is a syntax error
for _, s in ipairs { "return 1 print(2)", "return return", "return 1, ", "return 1 2", "do return 1 x = 2 end",
  "return;;", "if true then return x x end", "return = 1", "while 1 do return 1; ; end", "return (1", "return not",
  "return {", "repeat return 1 until x; y = 1" } do
  print(s, select(2, load(s, "=r")))
end
-- break and return interplay
local function k()
  local log = {}
  for i = 1, 3 do
    for j = 1, 3 do
      if j == 2 then break end
      log[#log + 1] = i .. j
    end
    if i == 2 then return table.concat(log, ",") end
  end
end
print(k())
-- vararg return adjusts with locals in between
local function va(...) local x, y = ... local z = select("#", ...) return z, y, x, ... end
print(va())
print(va("p"))
print(va("p", "q", "r"))
print((va("p", "q")))
local r = { va(1, 2) }
print(#r, r[1], r[5])
