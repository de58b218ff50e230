-- Roman numerals both ways, number words, and other number systems.
local symbols <const> = {
  { 1000, "M" }, { 900, "CM" }, { 500, "D" }, { 400, "CD" }, { 100, "C" }, { 90, "XC" },
  { 50, "L" }, { 40, "XL" }, { 10, "X" }, { 9, "IX" }, { 5, "V" }, { 4, "IV" }, { 1, "I" },
}
local function roman(n)
  if math.type(n) ~= "integer" or n < 1 or n > 3999 then error("out of range: " .. tostring(n), 0) end
  local out = {}
  for _, s in ipairs(symbols) do
    out[#out + 1] = s[2]:rep(n // s[1])
    n = n % s[1]
  end
  return table.concat(out)
end
local values <const> = { I = 1, V = 5, X = 10, L = 50, C = 100, D = 500, M = 1000 }
local function parse(s)
  local total, last = 0, 0
  for c in s:upper():reverse():gmatch "." do
    local v = values[c] or error("not a numeral: " .. s, 0)
    total = v < last and total - v or total + v
    last = math.max(v, last)
  end
  if total < 1 or total > 3999 or roman(total) ~= s:upper() then error("not canonical: " .. s, 0) end
  return total
end

for _, n in ipairs { 1, 3, 4, 9, 14, 40, 90, 400, 444, 999, 1666, 1969, 2026, 3888, 3999 } do io.write(n, "=", roman(n), "=", parse(roman(n)), " ") end
print()
local good, longest = 0, ""
for n = 1, 3999 do
  local r = roman(n)
  if parse(r) == n then good = good + 1 end
  if #r > #longest then longest = r end
end
print(good, longest, parse "mcmlxix")
for _, bad in ipairs { "IIII", "VX", "IC", "ABC", "", "MMMM", "IVI", "XXL" } do print(pcall(parse, bad)) end
for _, bad in ipairs { 0, 4000, -1, 1.5, "x" } do print(pcall(roman, bad)) end

local ones <const> = { "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
  "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen" }
local tens <const> = { "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety" }
local scales <const> = { { 10^9 // 1 | 0, "billion" }, { 1000000, "million" }, { 1000, "thousand" }, { 100, "hundred" } }
local function words(n)
  if n < 0 then return "minus " .. words(-n) end
  if n == 0 then return "zero" end
  for _, s in ipairs(scales) do
    if n >= s[1] then
      local rest = n % s[1]
      return words(n // s[1]) .. " " .. s[2] .. (rest == 0 and "" or (rest < 100 and " and " or " ") .. words(rest))
    end
  end
  if n < 20 then return ones[n] end
  return tens[n // 10] .. (n % 10 == 0 and "" or "-" .. ones[n % 10])
end
for _, n in ipairs { 0, 7, 13, 20, 42, 100, 101, 999, 1000, 1001, 12345, 1000000, 2147483648, -15 } do print(n, words(n)) end
local total = 0
for n = 1, 1000 do total = total + #words(n):gsub("[^%a]", "") end
print(total)

local function base(n, b)
  local digits, out, negative = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", {}, n < 0
  repeat
    local d = math.abs(math.fmod(n, b))
    table.insert(out, 1, digits:sub(d + 1, d + 1))
    n = (n - math.fmod(n, b)) // b
  until n == 0
  return (negative and "-" or "") .. table.concat(out)
end
for _, n in ipairs { 0, 255, -255, 1 << 40, math.maxinteger, math.mininteger } do
  io.write(base(n, 2):len(), " ", base(n, 8), " ", base(n, 16), " ", base(n, 36), " ", tostring(tonumber(base(n, 36), 36) == n), "; ")
end
print()
local function gray(n) return n ~ n >> 1 end
for i = 0, 8 do io.write(base(gray(i), 2), " ") end
print()
