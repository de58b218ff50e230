-- Many parameters, arguments and results.
local function list(p, n) local t = {} for i = 1, n do t[i] = p .. i end return table.concat(t, ",") end
local f = load("return function(" .. list("p", 120) .. ") return " .. list("p", 120) .. " end")()
local args = {}
for i = 1, 150 do args[i] = i * i end
print(select("#", f(table.unpack(args))), select("#", f()), (f(5)), (select(120, f(table.unpack(args)))))
local function total(...) local s = 0 for i = 1, select("#", ...) do s = s + (select(i, ...)) end return s end
print(total(f(table.unpack(args))))
print(total(table.unpack(args, 1, 100)), select("#", table.unpack(args, 1, 230)))
local function pass(...) return ... end
print(select("#", pass(pass(pass(table.unpack(args))))), select("#", pass(1, pass(table.unpack(args)))), select("#",
  pass(pass(table.unpack(args)), 1)))
-- big counts through varargs, pack, unpack, concat
local big = {}
for i = 1, 5000 do big[i] = i end
print(select("#", table.unpack(big)), select(-1, table.unpack(big)), table.pack(table.unpack(big)).n, #{ table.unpack(big) })
print(total(table.unpack(big, 1, 500)))
print(select("#", pass(table.unpack(big))), math.max(table.unpack(big)), math.min(table.unpack(big)))
local function first(a) return a end
local function last(...) return (select(-1, ...)) end
print(first(table.unpack(big)), last(table.unpack(big)))
local function dropped() return table.unpack(big) end
local x, y = dropped()
print(x, y)
print((dropped()))
dropped()
print(#table.concat(big, ","), #string.char(table.unpack(big, 1, 255)))
print(select("#", string.byte(("x"):rep(4000), 1, -1)), (select(4000, string.byte(("x"):rep(4000), 1, -1))))
print(pcall(pass, table.unpack(big, 1, 3)))
print(select("#", pcall(pass, table.unpack(big))))
local co = coroutine.wrap(function(...) local n = select("#", ...) while true do n = select("#", coroutine.yield(n, ...)) end end)
print(select("#", co(table.unpack(big))), (co()), (co(table.unpack(big))))
-- fewer and more arguments than parameters
local function three(a, b, c) return a, b, c end
print(three()) print(three(1)) print(three(1, 2, 3, 4, 5)) print(three(nil, nil, 3)) print(three(table.unpack(big)))
print(three(three(1, 2, 3))) print(three(three(1, 2), three(3, 4))) print(three((three(1, 2, 3))))
-- results adjusted into many places
local a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 = table.unpack(big)
print(a1 + a10, a5)
local t = { table.unpack(big, 1, 10) }
t[1], t[2], t[3], t[4] = t[4], three(7, 8, 9)
print(table.concat(t, " "))
local gen = load("local f = ... local " .. list("v", 180) .. " = f() return v1, v90, v180")
print(gen(function() return table.unpack(big) end))
print(gen(function() return 1, 2, 3 end))
local sumsrc = load("local f = ... return f(" .. list("0 + ", 200) .. ")")
print(sumsrc(total))
print(load("return " .. list("", 200))() == 1, select("#", load("return " .. list("", 200))()))
-- argument lists ending in a call, with many fixed ones before
print(select("#", pass(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
  27, 28, 29, 30, table.unpack(big, 1, 70))))
