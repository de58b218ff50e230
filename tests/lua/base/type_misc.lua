-- type, _VERSION, _G, and the shape of the standard library.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function names(t)
  local out = {}
  for k in pairs(t) do out[#out + 1] = tostring(k) end
  table.sort(out)
  return table.concat(out, " ")
end

print(type(nil), type(true), type(1), type(1.5), type("s"), type({}), type(print), type(function() end), type(coroutine.create(print)), type(io.stdout))
e(type)
print(type(type), type(nil) == "nil", select("#", type(1, 2)))
print(_VERSION, _G == _ENV, _G._G == _G, _G.print == print, rawget(_G, "undefined"))

print("string:", names(string))
print("table:", names(table))
print("math:", names(math))
print("utf8:", names(utf8))
print("os:", names(os))
print("io:", names(io))
print("coroutine:", names(coroutine))
print("debug:", names(debug))
print("package:", names(package))
local globals = {}
for k, v in pairs(_G) do if k ~= "arg" then globals[#globals + 1] = k .. ":" .. type(v) end end
table.sort(globals)
print(table.concat(globals, " "))

-- Globals are fields of _G.
newglobal = 1
print(_G.newglobal, _ENV.newglobal, rawget(_G, "newglobal"))
_G["with space"] = 2
print(_ENV["with space"])
_G.newglobal, _G["with space"] = nil, nil
print(newglobal)
setmetatable(_G, { __index = function(_, k) return "missing " .. k end, __newindex = function(_, k) error("forbidden " .. k, 0) end })
print(anything, _G.other)
e(function() brandnew = 1 end)
print = print
setmetatable(_G, nil)

-- Declared globals.
e(load("global x <const> = 5; return x"))
e(load("global a, b = 1, 2; return a + b"))
print(a, b)
print(load("global print; other = 1", "=d"))
print(load("global<const> *; x = 1", "=d"))
print(load("global function declared() return 'd' end return declared()")())
e(load("global again = 1; global again = 2", "=d"))
e(load("global declared = 1", "=d"))

print(next(package.loaded) ~= nil, package.loaded._G == _G, package.loaded.string == string, package.loaded.math == math)
print(getmetatable("").__index == string, collectgarbage("count") > 0, math.type(collectgarbage("count")))
