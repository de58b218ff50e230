-- Working with text: case tables, columns, truncation, validation.
local function chars(s)
  local out = {}
  for _, c in utf8.codes(s) do out[#out + 1] = utf8.char(c) end
  return out
end

local greek = "Ελληνικά"
print(#greek, utf8.len(greek), table.concat(chars(greek), "·"))
local reversed = {}
for i, c in ipairs(chars(greek)) do table.insert(reversed, 1, c) end
print(table.concat(reversed))

local function truncate(s, n)
  if utf8.len(s) <= n then return s end
  return s:sub(1, utf8.offset(s, n) - 1) .. "…"
end
for n = 1, 9 do io.write(truncate("naïveté", n), " ") end
print()

local function pad(s, width) return s .. (" "):rep(width - utf8.len(s)) end
for _, row in ipairs { { "naïve", "1" }, { "日本語", "22" }, { "plain", "333" }, { "Ωmega", "4" } } do
  print(pad(row[1], 8) .. "|" .. row[2])
end

local upper = {}
for p, c in utf8.codes("абвгдежзийклмнопрстуфхцчшщъыьэюя") do upper[utf8.char(c)] = utf8.char(c - 32) end
print((("привет, мир"):gsub(utf8.charpattern, upper)))

-- Replacing what is not valid, byte by byte.
local function clean(s)
  local out, at = {}, 1
  while at <= #s do
    local n, bad = utf8.len(s, at)
    if n then
      out[#out + 1] = s:sub(at)
      break
    end
    out[#out + 1] = s:sub(at, bad - 1) .. "\u{FFFD}"
    at = bad + 1
  end
  return table.concat(out)
end
for _, s in ipairs { "fine", "bad\xFFbyte", "\xC3", "cut \xE2\x82", "\xED\xA0\x80", "mixed é\xE9é" } do
  print(clean(s), utf8.len(clean(s)))
end

-- Frequencies, sorted by code point.
local count, order = {}, {}
for _, c in utf8.codes("ananas či ďalší ananás") do
  if not count[c] then order[#order + 1] = c end
  count[c] = (count[c] or 0) + 1
end
table.sort(order)
for _, c in ipairs(order) do io.write(string.format("U+%04X=%d ", c, count[c])) end
print()
-- UTF-16 by hand.
local units = {}
for _, c in utf8.codes("a€😀") do
  if c < 0x10000 then
    units[#units + 1] = ("%04X"):format(c)
  else
    units[#units + 1] = ("%04X %04X"):format(0xD800 + (c - 0x10000 >> 10), 0xDC00 + (c & 0x3FF))
  end
end
print(table.concat(units, " "))
print(("ä" < "z"), ("ä" < "é"), ("é"):byte(1, -1))
