-- Strings share a metatable whose __index is the string library.
print(("x"):rep(3), ("abc"):len(), ("%d"):format(3), ("a b"):find(" "), #("q"):rep(10), ("abc"):byte(-1))
local s = "Hello"
print(s:lower(), s:upper(), s:len(), s:reverse(), s:sub(2, -2), s.len == string.len, s.none, s[1])
print(getmetatable("").__index == string, getmetatable("a") == getmetatable("b"), getmetatable("").__name)
-- extending the library
function string.trim(x) return (x:gsub("^%s+", ""):gsub("%s+$", "")) end
function string:first() return self:sub(1, 1) end
print(("  padded \n"):trim() .. "|", s:first(), ("z"):first())
string.trim, string.first = nil, nil
print(pcall(function() return s:trim() end))
print(pcall(function() return s:first(1) end))
-- an __index function on strings for integers
local mt = getmetatable("")
local old = mt.__index
mt.__index = function(str, k) if math.type(k) == "integer" then return string.sub(str, k, k) end return string[k] end
print(s[1], s[-1], s[9] == "", s:upper(), ("abc")[2], s.len == string.len)
local chars = {}
for i = 1, #s do chars[i] = s[i] end
print(table.concat(chars, "."))
mt.__index = old
print(s[1], s:lower())
-- arithmetic, call and concat metamethods for strings
mt.__call = function(str, ...) return str .. select("#", ...) end
print(s(1, 2), ("f")())
mt.__call = nil
print(pcall(function() return s() end))
local oldadd = mt.__add
mt.__add = function(a, b) return tostring(a) .. "+" .. tostring(b) end
print("a" + "b", "a" + 1, 1 + "a", "1" + "2", 1 + 2)
mt.__add = oldadd
print("1" + "2", pcall(function() return "a" + 1 end))
mt.__unm = function(a) return a:reverse() end
print(-"abc", -"12", -s)
mt.__len = function() return "never used" end
print(#"abc", #s)
mt.__len = nil
mt.__lt = function() return "never used" end
print("a" < "b", pcall(function() return "a" < 1 end))
mt.__lt = nil
mt.__eq = function() return true end
print("a" == "b", "a" == 1)
mt.__eq = nil
mt.__newindex = function(str, k, v) io.write("set ", str, ".", k, "=", v, "\n") end
s.field = "value"
mt.__newindex = nil
print(pcall(function() s.field = 1 end))
-- other basic types have no metatable until debug gives one
print(getmetatable(1), getmetatable(nil), getmetatable(true), getmetatable(print), getmetatable(coroutine.create(print)))
print(pcall(function() return (1).x end), pcall(function() return (true).x end), pcall(function() return (nil).x end))
print(pcall(setmetatable, "", {}))
local long = ("long string "):rep(10)
for i = 1, 120 do assert(long:sub(1, 4) == "long" and long:len() == 120 and #long:upper() == 120) end
print(long:find("string", 1, true), long:sub(-7, -2), ("x"):rep(0) == "", ("x"):rep(-1) == "", ("ab"):rep(3, ","))
