-- Strings beyond 40 bytes: equality, use as keys, building piece by piece.
local base = ("abcdefghij"):rep(4)
print(#base, #(base .. "k"))

-- Keys around the limit, built afresh for each look-up.
local t = {}
for n = 36, 46 do t[("k"):rep(n)] = n end
local sum = 0
for n = 36, 46 do sum = sum + t[("k"):rep(n - 1) .. "k"] end
print(sum, t[("k"):rep(35)], t[("k"):rep(47)])
t[("k"):rep(41)] = nil
t[("k"):rep(45)] = "changed"
print(t[("k"):rep(41)], t[("k"):rep(20) .. ("k"):rep(25)])

-- The same content by different roads.
local a = ("x"):rep(100)
local pieces = {}
for i = 1, 100 do pieces[i] = "x" end
local b = table.concat(pieces)
local c = ""
for _ = 1, 100 do c = c .. "x" end
local d = string.format("%s%s", ("x"):rep(50), ("x"):rep(50))
print(a == b, b == c, c == d, rawequal(a, d), #c)
local set = { [a] = 1 }
print(set[b], set[c], set[d], set[a .. "x"])

-- Repeated concatenation, to the right and to the left.
local right, left = "", ""
for i = 1, 2000 do
  right = right .. i % 10
  left = i % 10 .. left
end
print(#right, #left, right:reverse() == left, right:sub(1, 12), left:sub(1, 12))

-- A grown string does not change when a sibling grows from the same prefix.
local prefix = ("p"):rep(64)
local one = prefix .. "1"
local two = prefix .. "2"
local more = one .. "more"
print(one:sub(-2), two:sub(-2), more:sub(-6), #prefix, prefix == ("p"):rep(64))

-- Many operands, mixed with numbers.
local x, y, z = 1, 2.5, -3
print(x .. y .. z .. "a" .. x .. y .. z .. "b" .. 1e100 .. 0x10 .. "" .. "c")
print(1 .. 2 == "12", 1.0 .. "" == "1.0", -0.0 .. "" == "-0.0", 2^63 .. "")

-- Embedded zeros in long strings are ordinary bytes.
local zeros = ("\0"):rep(50)
print(#zeros, zeros == ("\0"):rep(50), zeros < zeros .. "\0", zeros .. "a" == zeros .. "b")
t[zeros] = "zeros"
print(t[("\0"):rep(25) .. ("\0"):rep(25)], t[("\0"):rep(49)])

local ok, message = pcall(function() return {} .. "x" end)
print(message)
print(select(2, pcall(function() return "x" .. nil end)))
print(select(2, pcall(function() local t = {} return "a" .. "b" .. t.name .. "c" end)))
print(select(2, pcall(function() return 1 .. true end)))
print(select(2, pcall(function() return print .. "" end)))
