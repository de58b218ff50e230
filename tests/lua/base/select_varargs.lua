-- select, varargs and how lists are adjusted.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(select("#"), select("#", nil), select("#", nil, nil), select("#", 1, 2, 3))
print(select(1, "a", "b", "c"))
print(select(2, "a", "b", "c"))
print(select(3, "a", "b", "c"))
print(select(4, "a", "b", "c"))
print(select(100, "a"))
print(select(-1, "a", "b", "c"))
print(select(-2, "a", "b", "c"))
print(select(-3, "a", "b", "c"))
print((select(2, "a", "b", "c")))
print(select("2", "a", "b"))
print(select(2.0, "a", "b"))
print(select(math.maxinteger, 1, 2))
print(select("#", select(2, 1, 2, 3)), select("#", (select(2, 1, 2, 3))))

e(select)
e(select, nil)
e(select, 0, "a")
e(select, -2, "a")
e(select, -1)
e(select, "x", 1)
e(select, {}, 1)
e(select, 1.5, 1)
e(select, math.mininteger, 1)
e(select, "##", 1)
e(function() return select(0) end)

local function count(...) return select("#", ...) end
local function pass(...) return ... end
local function none() end
print(count(), count(nil), count(none()), count((none())), count(none(), none()), count(pass(1, 2), pass(3, 4)), count(pass(1, 2), nil))
print(pass(1, 2), pass(3, 4))
print((pass(1, 2)), pass(), 5)
local t = { pass(1, 2), pass(3, 4), (pass(5, 6)) }
print(#t, t[1], t[2], t[3])
t = { pass(1, 2), pass(3, 4) }
print(#t)
local a, b, c = pass(1, 2), 10
print(a, b, c)
a, b, c = 0, pass(1, 2, 3)
print(a, b, c)

-- Named varargs.
local function named(...args) return args.n, args[1], args[args.n] end
print(named(), named("x"), named("x", nil, "z"))
local function change(...t)
  t[1] = "changed"
  t[t.n + 1] = "added"
  t.n = t.n + 1
  return ...
end
print(change("a", "b"))
local function main(first, ...rest)
  local out = {}
  for i = 1, rest.n do out[i] = tostring(rest[i]) end
  return first, table.concat(out, "+")
end
print(main(1), main(1, nil, 2), main())
e(function() return (function(...t) return t.x.y end)(1) end)

-- Sums with recursion over varargs, with select in a loop, and with a table.
local function sum(x, ...) if x then return x + sum(...) end return 0 end
local function sum2(...) local s = 0 for i = 1, select("#", ...) do s = s + (select(i, ...)) end return s end
local function sum3(...) local s = 0 for _, v in ipairs { ... } do s = s + v end return s end
print(sum(1, 2, 3, 4), sum2(1, 2, 3, 4), sum3(1, 2, 3, 4))
print((function(...) return ... end)((function(...) return select(2, ...) end)(1, 2, 3)))
local big = {}
for i = 1, 250 do big[i] = i end
print(sum2(table.unpack(big)), sum(table.unpack(big)), count(table.unpack(big, 1, 250)))
