-- Concatenation: right associative, numbers become text, other values fail.
local a, i, f = "s", 42, 1.5
print(a .. i, i .. a, f .. a, i .. i, f .. f, a .. a .. i .. f, 1 .. 2 .. 3, -1 .. "", 2^31 .. "")
print("" .. "", #("" .. ""), "x" .. "", "" .. "x", "a\0b" .. "c\0" == "a\0bc\0", #("a\0b" .. "\0"))
local log = {}
local mt = { __concat = function(l, r)
  local function n(v) return type(v) == "table" and v.name or tostring(v) end
  log[#log + 1] = n(l) .. "+" .. n(r)
  return setmetatable({ name = "(" .. n(l) .. n(r) .. ")" }, getmetatable(type(l) == "table" and l or r))
end }
local o, p = setmetatable({ name = "o" }, mt), setmetatable({ name = "p" }, mt)
local function run(v) print(type(v) == "table" and v.name or v, table.concat(log, " ")) log = {} end
run(o .. "x")
run("x" .. o)
run(1 .. o)
run(o .. p)
run("a" .. "b" .. o)
run(o .. "a" .. "b")
run("a" .. o .. "b")
run(o .. "a" .. p .. "b" .. "c")
run("a" .. "b" .. "c" .. o .. "d" .. "e")
run(("a" .. o) .. "b")
-- long chains and building in loops
local t = {}
for k = 1, 200 do t[k] = "s" .. k .. ";" end
local s = ""
for k = 1, 200 do s = s .. t[k] end
print(#s, s:sub(1, 12), s:sub(-10), s == table.concat(t))
local one = "x"
print(#(one .. one .. one .. one .. one .. one .. one .. one .. one .. one .. one .. one .. one .. one .. one .. one
  .. one .. one .. one .. one))
local big = ("ab"):rep(1000)
print(#(big .. big), (big .. "c"):sub(-3), #(big .. 1 .. big .. 2.5))
-- strings around the short/long boundary stay equal to each other
for n = 38, 42 do
  local x, y = ("k"):rep(n), ("k"):rep(n - 1) .. "k"
  print(n, x == y, ({ [x] = n })[y])
end
local function try(src) print(src, select(2, pcall(load(src, "=c")))) end
try "return 'a' .. nil"
try "return nil .. 'a'"
try "return 'a' .. {}"
try "return 1 .. true"
try "local x return 'a' .. x .. 'b'"
try "local x = {} return x.y .. 'b'"
try "return 'a' .. undefinedname"
try "local t = {} return 'a' .. 'b' .. t .. 'c'"
try "local t, u = {}, nil return t .. u"
try "return print .. 1"
try "return ('x') .. (function() end)"
