-- utf8.codes: iteration, lax mode, invalid sequences.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function walk(s, lax)
  local out = {}
  local ok, message = pcall(function()
    for p, c in utf8.codes(s, lax) do out[#out + 1] = string.format("%d:%X", p, c) end
  end)
  print(table.concat(out, " "), ok and "done" or message)
end

walk("abc")
walk("aé€😀z")
walk("")
walk("\0\0")
walk("\u{10FFFF}\u{7F}\u{80}")
walk(42)
walk("\u{D800}x", true)
walk("\u{110000}\u{7FFFFFFF}", true)
walk("é", false)
walk("\u{D7FF}\u{E000}")

walk("ab\xFFcd")
walk("\x80")
walk("a\xBFb")
walk("é\xA9")
walk("\xC3")
walk("ab\xE2\x82")
walk("\xE2\x28\xA1")
walk("\xC0\x80")
walk("\u{D800}")
walk("x\u{110000}")
walk("\u{200000}")
walk("\xFE\xBF", true)
walk("\xF8\x80\x80\x80\x80", true)
walk("abc\x80", true)
walk("€€\x82")

-- The triple that drives the loop.
local f, s, i = utf8.codes("hé")
print(type(f), s, i)
print(f(s, 0))
print(f(s, 1))
print(f(s, 2))
print(f(s, 3), f(s, 4))
print(f("xyz", 1), f("€", 0))

-- Breaking out, nesting, and building a reversed string.
local reversed = ""
for _, c in utf8.codes("пример") do reversed = utf8.char(c) .. reversed end
print(reversed)
for p, c in utf8.codes("añoño") do
  if c == 0xF1 then print("first ñ at", p) break end
end
local count = 0
for _ in utf8.codes("ab") do for _ in utf8.codes("cdé") do count = count + 1 end end
print(count)

e(utf8.codes)
e(utf8.codes, nil)
e(utf8.codes, {})
e(utf8.codes, "\x80abc")
e(function() for _ in utf8.codes("a\xFF") do end end)
e(function() for _ in utf8.codes() do end end)
