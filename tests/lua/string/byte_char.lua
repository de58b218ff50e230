-- string.byte and string.char: positions, ranges, limits, errors.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function q(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = string.format("%q", t[i]) end
  print(t.n, table.concat(t, " "))
end

q(string.byte("A"))
q(string.byte("ABC", 2))
q(string.byte("ABC", -1))
q(string.byte("ABC", 1, -1))
q(string.byte("ABC", 0))
q(string.byte("ABC", 4))
q(string.byte("ABC", -10, 2))
q(string.byte("ABC", 2, 10))
q(string.byte("ABC", 3, 1))
q(string.byte("ABC", math.mininteger, math.maxinteger))
q(string.byte("ABC", math.maxinteger))
q(string.byte(""))
q(string.byte("", 1, -1))
q(string.byte("\0\255\127", 1, 3))
q(("xyz"):byte(2, 3))
q(string.byte(123, 1, 3))
q(string.byte("ABC", "2"))
q(string.byte("ABC", 2.0))

q(string.char())
q(string.char(72, 101, 108, 108, 111))
q(string.char(0, 255, 10))
q(string.char("65", 66.0))
print(#string.char(0, 0, 0))
local all = {}
for i = 0, 255 do all[#all + 1] = i end
local bytes = string.char(table.unpack(all))
print(#bytes)
local same = true
for i = 0, 255 do same = same and bytes:byte(i + 1) == i end
print(same)

e(string.byte)
e(string.byte, nil)
e(string.byte, {})
e(string.byte, "x", {})
e(string.byte, "x", 1.5)
e(string.byte, "x", 1, "y")
e(string.byte, "x", 2^63)
e(string.char, 256)
e(string.char, -1)
e(string.char, 65, 66, 300)
e(string.char, "x")
e(string.char, 65.5)
e(string.char, 65, nil)
e(string.char, math.maxinteger)
e(string.byte, ("x"):rep(2000000), 1, -1)
e(function() return string.byte() end)
e(function() local s = "x" return s:byte({}) end)
e(function() return ("x").char(1000) end)
