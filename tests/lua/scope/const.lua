-- <const> locals: compile-time constants and run-time values.
local ci <const>, cf <const>, cs <const>, cb <const>, cn <const> = 42, 1.5, "str", true, nil
print(ci, cf, cs, cb, cn)
local t <const> = { v = 1 }
t.v = t.v + 1
t.w = "contents may change"
print(t.v, t.w)
local a <const>, b, c <const> = 1, 2, 3
b = b + a + c
print(a, b, c)
local function f() return ci + cf, cs .. ci, not cb, cn end
print(f())
local sum <const> = ci + 1
local neg <const> = -ci
local cat <const> = cs .. "!"
print(sum, neg, cat)
local r <const> = math.max(1, 2)
local function closure() return r * 2 end
print(closure())
do local ci <const> = "shadow" print(ci) do local ci = ci .. "ed" ci = ci .. "!" print(ci) end end
print(ci)
for i = 1, 2 do local k <const> = i * 10 io.write(k, " ") end
print()
local function par(p) local q <const> = p return function() return q end end
print(par(1)(), par("z")())
-- uses in every operand position
print(ci + 1, 1 + ci, ci * cf, ci // 5, 5 // ci, ci % 5, ci & 15, 15 & ci, ci << 1, 1 << ci, ~ci, -cf, #cs, ci == 42,
  42 == ci, ci < 50, 50 > ci, cs == "str", cb == true, cn == nil, ci ~= cf)
local arr = { [ci] = "at 42", [cs] = "at str" }
print(arr[ci], arr[cs], arr.str, ({ 1, 2, 3 })[a])
if cn then print "no" elseif cb then print "yes" end
print(cn and 1 or 2, cb and 1 or 2, cb or error "x", cn or "default")
local zero <const> = 0
print(pcall(function() return ci // zero end), pcall(function() return ci % zero end))
print(pcall(function() return cs + 1 end))
print(pcall(function() return cn.x end))
print(pcall(function() return ci.x.y end))
print(pcall(function() cs.x = 1 end))
print(pcall(function() return cn() end))
print(pcall(function() return ci < cs end))
-- assignment is refused at compile time
local bad = {
  "local x <const> = 1; x = 2", "local x <const> = 1; x, y = 2, 3", "local x <const> = {}; x = nil",
    "local x <const>; x = 1", "local x <const> = 1; function x() end",
  "local x <const> = 1; local function f() x = 2 end",
    "local x <const> = 1; local function f() return function() x = 2 end end", "local x <const>, y <const> = 1; y = 2",
  "local x <const> = 1; for i = 1, 2 do x = i end", "local x <close> = nil; x = 1", "local x <foo> = 1",
    "local x <const = 1", "local x <> = 1", "local x < const > = 1 return x",
  "local x<const>y = 1", "local <const> x, y = 1, 2; y = 3", "local <const> x = 1 return x",
    "local <const> x <const> = 1 return x", "local x <close>, y <close> = nil, nil", "local <close> x, y = nil, nil",
    "local <close> x = nil return 'ok'",
  "local x <const> = 1; do local x = 2; x = 3 end return x", "local x <const> = 1; x.y = 2",
    "for i <const> = 1, 2 do end", "local function f(x <const>) end", "local x <Const> = 1",
    "local x <const> = 1; x += 1", "local function x() end x = 1 return x",
  "local <close> <const> x = 1", "local x <const> <close> = 1",
}
for _, s in ipairs(bad) do local fn, m = load(s, "=c") print(s, fn and "ok" or m) end
