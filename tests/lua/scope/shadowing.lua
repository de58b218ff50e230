-- Lexical scope: a local is visible after its own statement, until its block ends.
local x = 1
local x = x + 1
local y, x, y2 = x, "second x", x
print(x, y, y2)
do
  local x = x .. " inner"
  print(x)
  do local x = #x print(x) end
  print(x)
end
print(x)
local function f() return x end
local x = "third"
print(f(), x)
local a, a = 1, 2
print(a)
local b = b
print(b)
gl = "glob"
local gl = gl .. " copy"
print(gl, _G.gl)
_G.gl = nil
-- recursion: local function sees itself, local f = function does not
local function fact(n) return n < 2 and 1 or n * fact(n - 1) end
print(fact(6))
local notrec = function(n) return notrec end
print(notrec(1))
local notrec2
notrec2 = function(n) return n == 0 and "done" or notrec2(n - 1) end
print(notrec2(5))
-- parameters shadow, and are shadowed
local function p(x, ...) local x = x and x * 2 return x, (function(x) return x end)("inner param") end
print(p(4))
local function same(a, a) return a end
print(same(1, 2))
-- function parameters and the function name
local function g(g) return g end
print(g(3))
-- loops and conditions
for x = 1, 2 do local x = x * 10 io.write(x, " ") end
for x in pairs { 5 } do io.write(x, " ") end
print(x)
if true then local x = "then" else local x = "else" end
while x == "third" do local x = "loop" break end
repeat local z = 5 until z == 5
print(x, z)
-- a label scope
do local x = 1 ::l1:: x = x + 1 if x < 4 then goto l1 end print(x) end
-- method self, varargs and upvalue of the same name
local self = "outer self"
local o = { v = 1 }
function o:get() return self.v, (function() return self.v end)() end
print(o:get(), self)
local function va(...) local arg = { ... } return function(...) return #arg, select("#", ...) end end
print(va(1, 2, 3)(4))
-- many locals in nested blocks reuse the same registers
local sum = 0
for i = 1, 3 do
  do local a, b, c = i, i * 2, i * 3 sum = sum + a + b + c end
  do local d, e = i, i do local a = d + e sum = sum + a end end
end
print(sum)
do local u do local u u = 1 end print(u) end
local n <const> = 10
do local n = n + 1 n = n + 1 print(n) end
print(n)
