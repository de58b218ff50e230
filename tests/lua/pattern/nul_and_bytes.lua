-- Patterns over arbitrary bytes: zeros in subject, pattern, sets and replacements.
local function q(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = string.format("%q", t[i]) end
  print(t.n, (table.concat(t, " "):gsub("\n", "<nl>")))
end

local s = "ab\0cd\0\0ef"
q(s:find("\0")) q(s:find("\0\0")) q(s:find("\0e")) q(s:find("\0", 4)) q(s:find("%z", 7)) q(s:find("[\0e]f"))
q(s:match("[^\0]+")) q(s:match("\0(.-)\0")) q(s:match("\0*", 6)) q(s:match("%Z+$")) q(s:match("(.)\0$")) q(s:match("^[^\0]*\0[^\0]*"))
q(s:gsub("\0", "")) q(s:gsub("%z+", "|")) q(s:gsub("[a-f]", "\0")) q(s:gsub("\0", "\0\0", 1)) q(s:gsub("\0", { ["\0"] = "Z" })) q(s:gsub(".", { a = "\0" }))
local fields = {}
for f in (s .. "\0"):gmatch("(.-)\0") do fields[#fields + 1] = f end
q(table.unpack(fields))
q(("\0\0\0"):find("\0\0\0", 1, true)) q(("\0"):match(".")) q(("\0a"):match("^%za$")) q(("a\0"):match("a$")) q(("\0"):find("")) q(("%\0"):match("%%%z"))
q(("a\0-b"):match("a[\0-]*b")) q(("\1\2\3\4"):match("[\2-\3]+")) q(("\0\1\2"):match("[\0-\1]+")) q(("x\0y"):match("x[^a-z]y"))

-- High bytes are neither letters nor spaces.
local high = "\xE9t\xE9 \xFF\xFE"
q(high:match("%a+")) q(high:match("[\xE0-\xFF]+", 4)) q(high:gsub("[\x80-\xFF]", "?")) q(high:match("%S+$")) q(high:find("\xFE", 1, true)) q(high:match("%w")) q(high:match("[^%w%s]+$"))
q(("\xFF"):match("[\xFE-\xFF]")) q(("\x80"):match("%c")) q(("\xA0"):match("%s")) q(("\x7F"):match("%c")) q(("\xFF\xFF"):rep(3):gsub("\xFF\xFF", "x"))

-- UTF-8 text: utf8.charpattern walks it, byte classes do not.
local text = "aé€😀z"
local out = {}
for c in text:gmatch(utf8.charpattern) do out[#out + 1] = #c .. c end
print(table.concat(out, " "), #text)
print((text:gsub(utf8.charpattern, function(c) return #c > 1 and "<" .. #c .. ">" or c end)))
print(text:find("€"), text:find("[€]"), text:match("[é€]+"), (text:gsub("[\x80-\xBF]", "")):len())
q(("\xE9"):upper()) q(text:upper():sub(1, 1)) q(text:reverse():reverse() == text and "same" or "differs")

-- Long subjects and patterns.
local long = ("\0a"):rep(10000)
print(#long:gsub("\0", ""), select(2, long:gsub("\0a", "")), long:find("a\0a\0a", 19900, true), long:find("%za$"))
print(#(("a"):rep(1000)):match(("a"):rep(1000)), (("ab"):rep(500)):find(("ab"):rep(499) .. "$"))
