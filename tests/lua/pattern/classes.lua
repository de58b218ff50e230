-- Character classes, checked over all 256 bytes (C locale).
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function ranges(class)
  local out, from = {}, nil
  local anchored = "^" .. class .. "$"
  for b = 0, 256 do
    local hit = b < 256 and string.char(b):match(anchored) ~= nil
    if hit and not from then
      from = b
    elseif not hit and from then
      out[#out + 1] = from == b - 1 and tostring(from) or from .. "-" .. b - 1
      from = nil
    end
  end
  print(string.format("%q", class), table.concat(out, " "))
end

for c in ("acdglpsuwxz"):gmatch(".") do
  ranges("%" .. c)
  ranges("%" .. c:upper())
end
ranges(".")
ranges("[a-f]")
ranges("[^a-f]")
ranges("[%a_]")
ranges("[%w%-]")
ranges("[a-]")
ranges("[-a]")
ranges("[]]")
ranges("[^]]")
ranges("[]-a]")
ranges("[%]]")
ranges("[a%-z]")
ranges("[%a-z]")
ranges("[0-9a-fA-F]")
ranges("[^%s%c]")
ranges("[z-a]")
ranges("[\0-\31]")
ranges("[\128-\255]")
ranges("[^\0]")
ranges("[%.]")
ranges("[.]")
ranges("[*+?-]")
ranges("[$^]")
ranges("[%^a]")
ranges("[()]")
ranges("[%%]")
ranges("[%d%D]")
ranges("[^%d%D]")
ranges("%.")
ranges("%%")
ranges("%-")
ranges("%\0")
ranges("%_")
ranges("%B")

e(string.match, "a", "[a")
e(string.match, "a", "[")
e(string.match, "a", "[^")
e(string.match, "a", "[]")
e(string.match, "a", "[^]")
e(string.match, "a", "[%")
e(string.match, "a", "[%a")
e(string.match, "a", "[a-")
e(string.match, "a", "[a-%")
e(string.match, "a", "[[]")
e(string.match, "a", "%")
e(string.match, "a", "a%")
e(string.match, "b", "a%")
