-- Adjusting lists of values: parentheses, middle positions, missing values.
local function none() end
local function two() return "a", "b" end
local function nils() return nil, nil, nil end
print(two(), two())
print((two()), (two()))
print(two(), (two()))
print((two()), two())
print(none(), none(), "x")
print((none()))
print(select("#", none()), select("#", (none())), select("#", none(), none()), select("#", nils()), select("#", (nils())))
local a, b, c = two()
print(a, b, c)
a, b, c = two(), two()
print(a, b, c)
a, b, c = (two())
print(a, b, c)
a, b, c = none()
print(a, b, c)
a, b, c = 0, two(), none()
print(a, b, c)
a = two(), two(), print("evaluated though dropped")
print(a)
a, b = 1, 2, print("also evaluated")
print(a, b)
local function va(...)
  local x, y = ...
  local p, q = (...)
  return x, y, p, q, select("#", ...), (select(-1, ...))
end
print(va("1st", "2nd", "3rd"))
print(va("only"))
local function pass(...) return ... end
local function first(...) return (...) end
print(pass(), "|", pass(1), "|", (pass(1, 2)), "|", first(1, 2), "|", first())
print((pass(pass(pass(1, 2, 3)))), pass(pass(1, 2), pass(3, 4)))
-- in expressions only one value is used
print(two() .. two(), #two(), two() == "a", -(pass(5, 6)), not nils(), pass(1, 2) + pass(10, 20), two() and pass(1, 2))
-- as arguments of methods and strings
local o = { m = function(self, ...) return select("#", ...) end }
print(o:m(two()), o:m(two(), two()), o:m((two())), o:m(none()), o:m(nils()), o.m(two()))
-- return adjusts
local function r1() return two() end
local function r2() return (two()) end
local function r3() return two(), 1 end
local function r4() return 1, two() end
local function r5() return none() end
local function r6() return (none()) end
print(select("#", r1()), select("#", r2()), select("#", r3()), select("#", r4()), select("#", r5()), select("#", r6()))
-- loops and indices
for i = pass(1, 9), pass(2, 9) do io.write(i, " ") end
for k, v in pass(next, { "z" }) do io.write(k, v, " ") end
local t = { "x", "y" }
print(t[pass(2, 1)], t[(two() == "a") and 1])
print(pcall(pass), pcall(two), (pcall(two)), select("#", pcall(nils)))
print(string.format("%s-%s", two()), math.max(pass(1, 9, 3)), table.concat({ two() }, ","), ("x"):rep(pass(2, "-")))
print(type((none())), pcall(type, none()), pcall(type))
