-- Short circuit: which operands are evaluated and which value results.
local function f(...) io.write("f(", tostring((...)), ") ") return ... end
local function show(...) print("=>", ...) end
show(f(1) and f(2)); show(f(nil) and f(2)); show(f(false) and f(2)); show(f(1) or f(2));
show(f(nil) or f(2)); show(f(false) or f(nil))
show(f(1) and f(2) and f(3)); show(f(1) and f(nil) and f(3)); show(f(nil) or f(false) or f(3)); show(f(nil) and f(2) or f(3))
show(f(1) and f(false) or f(3)); show((f(1) or f(2)) and f(3)); show(f(1) or f(2) and f(3));
show(not f(nil) and f(0)); show(not (f(1) and f(false)))
show(f(0) and f("")); show(f("") or 1); show(f(0.0) and "zero is true")
-- as conditions
if f(1) and f(nil) or f(2) then print "taken" else print "not taken" end
if not (f(1) and not f(nil)) then print "taken" else print "not taken" end
if (f(nil) or f(false)) and f(3) then print "taken" else print "not taken" end
local n = 0
while n < 5 and f(n) ~= 3 do n = n + 1 end
print(n)
repeat n = n - 1 until n <= 0 or not f(n)
print(n)
-- values, not booleans; comparison values too
local a, b, c
print(a and b, a or b, a == b and "same", a ~= b or "nosame", (a == nil) == true, (1 < 2) and (3 < 2), 1 < 2 and "lt"
  or "ge", 2 < 1 and "lt" or "ge")
a, b, c = 1, nil, false
print(a and b, a and c, b and a, c and a, b or c, c or b, a or b, b or a, a and (b or c), (a and b) or c, not b, not a, not c)
local x = a and { b = b or 5 } or nil
print(x.b, (x and x.b), x and x.c and x.c.d, (x.c or {}).d)
-- only the first value of a call survives, except the last operand in parens-free call position
local function two() return 1, 2 end
print(true and two(), false or two(), (two()), nil or (two()), two() or 9)
-- constants folded in conditions
if nil then print "no" elseif false then print "no" elseif 0 then print "zero branch" end
while true do print "once" break end
repeat print "once more" until true
print(nil and error("unused"), false and undefined.field.x, true or undefined(), 1 or nil, nil == false, "a" and "b", 1 and nil)
local t = {}
t.v = t.v or 10; t.w = t.w and 1 or 2; t.u = t.u == nil and "unset"
print(t.v, t.w, t.u)
-- chain assigned back into the same local
local z = nil
z = z or "first"; z = z and z .. "!" ; z = z and nil or z; z = (z == "x" or z) and z
print(z)
local function pick(i) return i == 1 and "one" or i == 2 and "two" or i == 3 and nil or "many" end
print(pick(1), pick(2), pick(3), pick(4))
local function b2(x, y) return x == y or x > y and "gt" or x < y and "lt" end
print(b2(1, 1), b2(2, 1), b2(1, 2))
local r1, r2, r3 = a and b == nil, not a == nil, not (a == nil) and not (b ~= nil)
print(r1, r2, r3)
