-- Single-character escapes and what they denote, as byte lists.
local function bytes(s)
  local t = {}
  for i = 1, #s do t[i] = s:byte(i) end
  return #t .. ": " .. table.concat(t, " ")
end
print(bytes("\a\b\f\n\r\t\v\\\"\'"))
print(bytes('\a\b\f\n\r\t\v\\\"\''))
print(bytes("plain"))
print(bytes(""))
print(bytes("\
"))
print(bytes("a\
b"))
-- decimal escapes take at most three digits
print(bytes("\0\1\12\123\1234"))
print(bytes("\0650"))
print(bytes("\9a\09a\009a"))
print(bytes("\255\254\128"))
-- hexadecimal escapes take exactly two digits
print(bytes("\x00\x7f\xFF\xaB"))
print(bytes("\x410"))
-- strings with embedded zeros keep their tail
local z = "a\0b\0"
print(#z, z == "a\0b\0", z == "a\0b", z < "a\0c", z:byte(-1))
print(string.format("%q", "line\nquote\" zero\0 1\r\t\\ \200"))
print(string.format("%q", "\0001\1\0"))
-- a newline kept by the backslash is one byte whatever its form in the file
for _, nl in ipairs { "\n", "\r", "\r\n", "\n\r" } do
  local f = load("return 'x\\" .. nl .. "y'")
  print(bytes(f()))
end
print(("it's"):len(), ('say "hi"'):len())
print("tab\tend" == 'tab\9end', "\65\066\x43" == "ABC")
