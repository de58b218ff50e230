-- Strings of characters that were on the stack.
local s, keep = ("x"):rep(100000), {}
while true do keep[#keep + 1] = string.char(s:byte(1, -1)) keep[#keep + 1] = utf8.char(utf8.codepoint(s, 1, -1)) end
