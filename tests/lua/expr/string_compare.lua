-- Ordering and equality of strings byte by byte, including zeros.
local list = { "", "\0", "\0\0", "\0a", "a", "a\0", "a\0a", "a\0b", "aa", "ab", "b", "B", "A", "Z", "z", "10", "9", " ", "~" }
table.sort(list)
for i, s in ipairs(list) do io.write(string.format("%q", s), i < #list and " < " or "\n") end
local bad = 0
for i = 1, #list do
  for j = 1, #list do
    local a, b = list[i], list[j]
    if (a < b) ~= (i < j) or (a <= b) ~= (i <= j) or (a > b) ~= (i > j) or (a >= b) ~= (i >= j) or (a == b) ~= (i == j)
      or (a ~= b) ~= (i ~= j) then
      bad = bad + 1
    end
  end
end
print("bad", bad)
print("a" < "b", "a" < "B", "Z" < "a", "abc" < "abd", "abc" < "ab", "" < "a", "10" < "9", "a" <= "a", "a" >= "a", "a" > "a")
print("a\0z" < "a\0zz", "a\0z" > "a\0y", "\0" < "", "x\0" == "x", "x\0y" == "x\0y", #"x\0y")
-- interned and built strings compare alike
local long = ("q"):rep(100)
local built = {}
for i = 1, 100 do built[i] = "q" end
local other = table.concat(built)
print(long == other, long <= other, long < other, long .. "a" > other, rawequal(long, other), ({ [long] = 1 })[other])
print(("ab"):upper() == "AB", ("x"):rep(3) == "xxx", "12" == 12 .. "", ("abc"):sub(2) == "bc")
-- equality of other values
local t, u, f = {}, {}, function() end
print(t == t, t == u, f == f, f == function() end, t == nil, nil == nil, nil == false, true == 1, "true" == true,
  0 == false, print == print)
local function mk() return function() end end
print(mk() == mk, rawequal(t, t), rawequal(t, u), rawequal("a", "a"), rawequal(1, 1.0),
  coroutine.running() == coroutine.running())
-- errors
for _, src in ipairs { "return 1 < 'a'", "return 'a' < 1", "return {} < {}", "return {} < 1", "return nil < 1",
  "return 1 <= nil", "return true < false",
  "return true < 1", "return print < print", "return 'a' >= {}", "return nil > nil", "return {} >= 'x'",
    "local a, b = {}, 'x' return a > b", "return 2.5 < '3'",
  "return (function() end) <= 1", "return coroutine.create(print) < 1", "local a = 1 return a < 'x'",
    "local a = 'x' return a < 1", "local a = 'x' return 1 < a", "local a = nil return a >= 10" } do
  print(src, select(2, pcall(load(src, "=s"))))
end
print(pcall(function() return io.stdout < io.stdout end))
print(pcall(function() return io.stdout < 1 end))
