-- Upvalues: reading, writing, identities, joining.
local a, b, c = 1, "two", nil
local function f() c = a return a, b, c end
print(debug.getupvalue(f, 1))
print(debug.getupvalue(f, 2))
print(debug.getupvalue(f, 3))
print(debug.getupvalue(f, 4))
print(debug.getupvalue(f, 0))
print(debug.getupvalue(f, -1))
print(debug.setupvalue(f, 1, 10), debug.setupvalue(f, 2, "twenty"), debug.setupvalue(f, 4, 0), debug.setupvalue(f, 0, 0))
print(a, b, c)
-- The environment is one; natives have none here; a chunk has one.
local chunk = load("return x")
print((debug.getupvalue(chunk, 1)), select(2, debug.getupvalue(chunk, 1)) == _G)
print(debug.setupvalue(chunk, 1, { x = "mine" }), chunk())
print(debug.getupvalue(print, 1), debug.setupvalue(print, 1, 1))
local nothing = load("local x = ...; return function() return x end")("kept")
print(debug.getupvalue(nothing, 1))
local stripped = load(string.dump(f, true))
print(debug.getupvalue(stripped, 1), debug.getupvalue(stripped, 2))
print((debug.getupvalue(stripped, 1)) == "(no name)")
-- Identities.
local function g() return a end
local function h() return b end
print(debug.upvalueid(f, 2) == debug.upvalueid(g, 1), debug.upvalueid(f, 1) == debug.upvalueid(g, 1))
print(debug.upvalueid(f, 2) == debug.upvalueid(h, 1), type(debug.upvalueid(f, 1)), debug.upvalueid(f, 4))
print(debug.upvalueid(print, 1), debug.upvalueid(f, 0))
local function counter() local n = 0 return function() n = n + 1 return n end end
local c1, c2 = counter(), counter()
print(debug.upvalueid(c1, 1) == debug.upvalueid(c2, 1))
-- Joining: c2 counts with c1 from here.
print(c1(), c1(), c2())
print(select("#", debug.upvaluejoin(c2, 1, c1, 1)))
print(c2(), c1(), c2(), debug.upvalueid(c1, 1) == debug.upvalueid(c2, 1))
-- Joining with a variable still alive in its scope.
do
  local shared = 100
  local function reader() return shared end
  debug.upvaluejoin(c1, 1, reader, 1)
  print(c1(), shared)
  shared = 7
  print(c1(), c2())
end
-- Loop variables: a fresh one in each iteration.
local fs = {}
for i = 1, 2 do fs[i] = function() return i end end
print(debug.upvalueid(fs[1], 1) == debug.upvalueid(fs[2], 1))
debug.upvaluejoin(fs[1], 1, fs[2], 1)
print(fs[1](), fs[2]())
-- Errors.
print(pcall(debug.getupvalue))
print(pcall(debug.getupvalue, f))
print(pcall(debug.getupvalue, {}, 1))
print(pcall(debug.getupvalue, f, "x"))
print(pcall(debug.setupvalue, f, 1))
print(pcall(debug.setupvalue, 1, 1, 1))
print(pcall(debug.upvalueid, f))
print(pcall(debug.upvalueid, 1, 1))
print(pcall(debug.upvaluejoin, f, 9, g, 1))
print(pcall(debug.upvaluejoin, f, 1, g, 9))
print(pcall(debug.upvaluejoin, f, 1, print, 1))
print(pcall(debug.upvaluejoin, print, 1, f, 1))
print(pcall(debug.upvaluejoin, f, 0, g, 1))
print(pcall(debug.upvaluejoin, f, 1, 1, 1))
