-- Literals, escapes, and methods on strings through the string metatable.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function q(s) print(#s, (string.format("%q", s):gsub("\n", "<nl>"))) end

q("\a\b\f\n\r\t\v\\\"\'")
q("\65\066\x43\u{44}\u{20AC}\u{10FFFF}\u{7FFFFFFF}")
q("a\z
   b\z  c")
q("line one\
line two")
q([[
first newline dropped
]])
q([==[brackets ]] and ]=] inside]==])
q('\0\00\0009')
q("\x7f\x80\xFF")
q('"' .. "'")
q([[\n is two characters]])
print(("x"):rep(3), #"literal", ("%d"):format(7), ("a,b"):find(","))
print(("abc"):upper():lower():reverse():len())
print(#"abc" + 1, -"2" + 0, ("x" .. "y"):byte(-1))

local s = "value"
print(s.upper == string.upper, s.len == string.len, s.nothing, s[1], s["sub"] == string.sub)
print(s:upper(), s.upper(s), s.upper "direct")

-- The metatable is shared and protected only by convention.
local mt = getmetatable("anything")
print(mt == getmetatable(s), mt.__index == string, mt.__name, type(mt))
function string.shout(self, n) return self:upper() .. ("!"):rep(n or 1) end
print(("hey"):shout(), ("hey"):shout(3))
string.shout = nil
e(function() return ("hey"):shout() end)

-- __index may be replaced, for instance to index characters.
local saved = mt.__index
mt.__index = function(self, key)
  if math.type(key) == "integer" then return saved.sub(self, key, key) end
  return saved[key]
end
print(s[1], s[-1], s[3], s[99] == "", s:upper())
mt.__index = saved
print(s[1])

e(function() s.x = 1 end)
e(function() return s.x.y end)
e(function() return s:missing() end)
e(function() return ("x")() end)
e(function() return #5 end)
e(function() local n = nil return n:upper() end)
e(function() return setmetatable("x", {}) end)
mt.__call = function(self, a, b) return self .. ":" .. tostring(a) .. tostring(b) end
print(s(1, 2), ("lit")(nil))
mt.__call = nil
mt.__len = function() return "never consulted" end
print(#s)
mt.__len = nil
