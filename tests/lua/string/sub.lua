-- string.sub: every corner of the position rules.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local s = "perilune"
local min, max = math.mininteger, math.maxinteger

local positions = { 1, 0, -1, 3, -3, 8, 9, -8, -9, 100, -100, min, max, min + 1, max - 1 }
for _, i in ipairs(positions) do
  local row = {}
  for _, j in ipairs(positions) do
    row[#row + 1] = string.format("%q", s:sub(i, j))
  end
  print(i, table.concat(row, " "))
end
for _, i in ipairs(positions) do
  print(i, string.format("%q %q", s:sub(i), (""):sub(i)))
end

print(s:sub(2, 3.0), s:sub("2", "4"), s:sub(2.0))
print(string.rep(12345, 2), string.sub(12345, 2, 4), string.sub(1.5, 1, 2))
print(#s:sub(1, -1), s:sub(1, -1) == s)
print(string.format("%q", ("a\0b\0c"):sub(2, 4)))

-- Substrings of a long string, on both sides of the interning limit.
local long = ("0123456789"):rep(10)
print(#long:sub(1, 40), #long:sub(1, 41), long:sub(95))
print(long:sub(11, 20) == "0123456789", long:sub(1, 50) == long:sub(51, 100))
local t = { [long:sub(1, 50)] = "found" }
print(t[long:sub(51)])

-- Walking a string from both ends.
local out = {}
for i = 1, #s do out[#out + 1] = s:sub(i, i) .. s:sub(-i, -i) end
print(table.concat(out, " "))

e(string.sub)
e(string.sub, "x")
e(string.sub, "x", nil)
e(string.sub, "x", "a")
e(string.sub, "x", 1, {})
e(string.sub, "x", 1.5)
e(string.sub, "x", 1, 0.5)
e(string.sub, "x", 1, math.huge)
e(string.sub, "x", 0/0)
e(string.sub, {}, 1)
e(string.sub, true, 1)
e(function() return s:sub() end)
e(function() return s:sub("one") end)
e(function() return s.sub(nil, 1) end)
