-- %q writes a literal that reads back as the same value.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function q(v) print((string.format("%q", v):gsub("\n", "<newline>\n"))) end

q("plain")
q('with "quotes" and \\backslash')
q("line\nbreak\r\nand tab\t")
q("\0")
q("\0001 zero then digit")
q("\0a zero then letter")
q("\1\2\31\127\128\255")
q("\r1\t2\0273")
q("é €")
q("")
q("'single'")
q(0)
q(-7)
q(math.maxinteger)
q(math.mininteger)
q(1.5)
q(0.1)
q(-0.0)
q(1e100)
q(2^53)
q(3.0)
q(math.huge)
q(-math.huge)
q(0/0)
q(nil)
q(true)
q(false)
q(5e-324)
q(1/3)

local values = {
  "", "a\nb\\c\"d\0e\r\t\1272", ("long "):rep(30), 0, -1, 1 << 62, math.mininteger, math.maxinteger,
  0.5, 1/3, 1e308, 5e-324, -1e-300, math.huge, -math.huge, true, false, 123456.789,
}
for i, v in ipairs(values) do
  local back = load("return " .. string.format("%q", v))()
  if back ~= v or math.type(back) ~= math.type(v) then print("differs", i, v, back) end
end
print("checked", #values)
local nan = load("return " .. string.format("%q", 0/0))()
print(nan ~= nan)
local all = {}
for i = 0, 255 do all[i + 1] = string.char(i, 48 + i % 10) end
local bytes = table.concat(all)
print(load("return " .. string.format("%q", bytes))() == bytes)

e(string.format, "%q", {})
e(string.format, "%q", print)
e(string.format, "%q", setmetatable({}, { __tostring = function() return "x" end }))
e(string.format, "%q")
e(string.format, "%-q", 1)
e(string.format, "%5q", "x")
