-- string.format('%q'): numbers and strings at the edges, and that they come back.
local function back(v)
  local text = ("%q"):format(v)
  local w = load("return " .. text)()
  return text, math.type(w) or type(w), rawequal(v, w) or (v ~= v and w ~= w)
end
for _, v in ipairs { 0, -0, 1, -1, math.maxinteger, math.mininteger, math.mininteger + 1, 0.0, -0.0, 0.1, 1e15, 1e16, 1e100,
  2.0 ^ 53, 2.0 ^ 63, -2.0 ^ 63, 1 / 0, -1 / 0, 0 / 0, 5e-324, 1.5, 123456.789, true, false } do
  print(back(v))
end
print(back(nil))
for _, s in ipairs { "", "\0", "\0001", "a\0b", "\r\n", "\n\r", "\t\v\f\a\b", "\\", "\"", "'", "\\n", "\127", "\128\255",
  "\u{20AC}", "\27[0m", "\0009", "\1\0012", "end\\", "\r", "a\nb\nc\n", "%q %s", "]]", "--" } do
  print(back(s))
end
local every = {}
for i = 0, 255 do every[i + 1] = string.char(i) end
local bytes = table.concat(every)
print(#("%q"):format(bytes), load("return " .. ("%q"):format(bytes))() == bytes)
for i = 0, 31 do
  local s = string.char(i) .. "0"
  io.write((("%q"):format(s):gsub("\n", "<newline>")), " ")
end
print()
print(("[%q][%q]"):format("a", 1), ("%q%q"):format(1, 2), ("%%q"):format(), ("x%qy"):format("z"))
print(pcall(string.format, "%q"))
print(pcall(string.format, "%q", {}))
print(pcall(string.format, "%q", print))
print(pcall(string.format, "%q", coroutine.create(print)) == false)
print(pcall(string.format, "%5q", "x"))
print(pcall(string.format, "%.3q", "x"))
print(pcall(string.format, "%-q", "x"))
print(pcall(string.format, "%q", io.stdout))
print(pcall(string.format, "%q", setmetatable({}, { __tostring = function() return "t" end })))
