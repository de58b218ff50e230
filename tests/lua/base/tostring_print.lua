-- tostring and print with metamethods.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print()
print(nil)
print(nil, true, false, 1, 1.5, "text", -0.0)
print("a", "b\tc", "d\ne")
print("")
print("", "")

local P = { __tostring = function(self) return "P(" .. self.x .. ")" end }
local p = setmetatable({ x = 5 }, P)
print(p, tostring(p), "text " .. tostring(p))
P.__name = "Point"
print(p)
P.__tostring = nil
print((tostring(p):gsub("0x%x+", "ADDR")), tostring(p) == tostring(p), tostring(p) ~= tostring(setmetatable({}, P)))
P.__name = 42
print((tostring(p):gsub("0x%x+", "ADDR")))
print((tostring({}):match("^table: ")), tostring(print):match("^function: "), tostring(coroutine.create(print)):match("^thread: "), tostring(io.stdout):match("^file %("))
P.__name = "Point"
e(function() return p .. "x" end)
e(function() return p + 1 end)
e(function() return p < p end)
e(function() return p < 1 end)
e(function() return #p.y end)
e(function() return p() end)
e(string.rep, p)
e(ipairs)
e(string.upper, p)
e(math.floor, p)
e(table.concat, { p })

P.__tostring = function() return 42 end
e(tostring, p)
e(print, p)
P.__tostring = function() return nil end
e(tostring, p)
P.__tostring = function() return {} end
e(print, p)
P.__tostring = function() error("broken", 0) end
e(tostring, p)
e(print, 1, p)
P.__tostring = "not callable"
e(tostring, p)
P.__tostring = setmetatable({}, { __call = function(self, obj) return "callable " .. obj.x end })
print(p)
P.__tostring = function(self) return self.child and "(" .. tostring(self.child) .. ")" or "leaf" end
print(setmetatable({ child = setmetatable({ child = setmetatable({}, P) }, P) }, P))

-- print uses neither a global tostring nor io.write replacements.
local saved = tostring
tostring = function() return "replaced" end
print(1, true, nil)
tostring = saved
print(select("#", print()))
io.write("written ", 1, " ", 2.5, "\n")
print(tostring(1e15), tostring(2^63), tostring(10 // 1), tostring(10 / 2), tostring(-0.0), tostring(1e100))
print(#tostring("already a string"), tostring("x") == "x", tostring(("x"):rep(100)) == ("x"):rep(100))
e(tostring)
