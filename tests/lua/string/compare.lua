-- Comparing strings: byte order, embedded zeros, lengths, mixed types.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

local words = { "", "\0", "\0\0", "\0a", "A", "B", "Z", "a", "a\0", "a\0b", "aa", "ab", "b", "10", "9", "é", "\127", "_", "a b", ("x"):rep(60) }
table.sort(words)
for i, w in ipairs(words) do print(i, string.format("%q", #w > 20 and w:sub(1, 3) .. ".." or w)) end
for i = 1, #words - 1 do
  local a, b = words[i], words[i + 1]
  assert(a < b and a <= b and not (b < a) and not (b <= a) and b > a and b >= a and a ~= b)
end
print("a" < "b", "a" < "a", "a" <= "a", "a" > "a", "a" >= "a", "a" == "a", "a" ~= "a")
print("" < "a", "" < "", "" <= "", "a" < "", "Z" < "a", "10" < "9", "a\0b" < "a\0c", "a\0" < "a", "a" < "a\0")
print("1" == 1, "1" ~= 1, "a" == nil, "" == false, "1.0" == "1")
local long = ("k"):rep(100)
print(long == ("k"):rep(100), long == ("k"):rep(99), long < long .. "a", long .. "a" < long .. "b", long <= ("k"):rep(100))

e(function() return "1" < 1 end)
e(function() return 1 < "1" end)
e(function() return "a" < nil end)
e(function() return "a" <= {} end)
e(function() return {} > "a" end)
e(function() return "a" >= true end)
e(function() return "x" < print end)
e(function() return nil < nil end)
e(function() return {} < {} end)

-- __lt and __le of the other operand take strings too; __eq never crosses types.
local m = setmetatable({}, {
  __lt = function(a, b) return type(a) == "string" end,
  __le = function(a, b) return type(b) == "string" end,
  __eq = function() return true end,
})
print("x" < m, m < "x", "x" > m, m <= "x", "x" <= m, m >= "x", m == "x", "x" == m)

-- Strings built in different ways are equal and find the same slot.
local parts = { "con", "cat" }
local built = { "concat", "con" .. "cat", table.concat(parts), ("xconcatx"):sub(2, 7), ("%s%s"):format("con", "cat"),
  ("CONCAT"):lower(), ("tacnoc"):reverse(), ("c?ncat"):gsub("?", "o"), string.char(99, 111, 110, 99, 97, 116) }
local t = { concat = 1 }
local hits = 0
for _, b in ipairs(built) do
  hits = hits + (t[b] or 0)
  assert(rawequal(b, "concat"))
end
print(#built, hits)
