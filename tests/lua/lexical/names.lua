-- Names are case sensitive, may hold underscores and digits.
local a, A, _, __, _1, a1, aB, Ab = 1, 2, 3, 4, 5, 6, 7, 8
print(a, A, _, __, _1, a1, aB, Ab)
local And, oR, NIL, Nil, End, While = "And", "oR", "NIL", "Nil", "End", "While"
print(And, oR, NIL, Nil, End, While)
local averyveryveryveryveryveryveryveryveryveryveryveryveryverylongname_0123456789 = "long"
print(averyveryveryveryveryveryveryveryveryveryveryveryveryverylongname_0123456789)
-- 'global' is not reserved in every context
local t = { global = 1, go_to = 2 }
print(t.global, t.go_to)
-- reserved words are refused as names, field names and keys
local words = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if",
  "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while" }
for _, w in ipairs(words) do
  print(w, select(2, load("local " .. w .. " = 1", "=k")), select(2, load("return t." .. w, "=k")))
  local tt = { [w] = w .. "!" }
  io.write(tt[w], " ")
end
print()
-- characters that cannot start a name
for _, c in ipairs { "@", "$", "`", "!", "?", "\\", "\1", "\127", "\200", "\xC3\xA9" } do
  local _, msg = load("local x" .. c .. " = 1", "=c")
  print((msg:gsub("[\128-\255]", function(b) return "\\" .. b:byte() end)))
end
print(load("local 1a = 2", "=c"))
