-- load: strings, functions, names, modes, environments.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(load("return 1 + 1")())
print(load("return ...")(1, nil, 3))
print(type(load("x = 1")), x)
print(type(load("")), load("")(), select("#", load("")()))
print(type(load("return")), load("return")())
print(loadstring, setfenv, unpack, table.getn)

-- Syntax errors come back as nil and a message with the chunk's name.
print(load("x ="))
print(load("x =", "=name"))
print(load("x =", "@file.lua"))
print(load("x =\n= y", "one line"))
print(load("x +", "first line\nsecond line"))
print(load("x +", ("long "):rep(30)))
print(load("x +", "=" .. ("long "):rep(30)))
print(load("x +", "@" .. ("dir/"):rep(30) .. "f.lua"))
print(load("\n\n  break", "=b"))
print(load("goto nowhere", "=g"))
print(load("local x <const> = 1; x = 2", "=c"))
print(load("for i = 1, 2 do i = 3 end", "=c"))
print(load("return 'abc", "=s"))
print(load("return [[abc", "=s"))
print(load("return '\\q'", "=s"))
print(load("x = }", "=s"))
print(load("f(", "=s"))
print(load("if x then", "=s"))
print(load("(function() if x then\n\n end", "=s"))
print(load("local function end", "=s"))
print(load("return return", "=s"))
print(load("a.b:c = 1", "=s"))
print(load("::x:: ::x::", "=s"))
print(load("x = 1 2", "=s"))
print(load("\1", "=s"), load("x = @", "=s"), load("return ~", "=s"))
print(load("return ...; end", "=s"))
print(load("function f() return ... end", "=s"))
print(load("global x; y = 1", "=s"))
print(load("local x <foo> = 1", "=s"))

-- Runtime errors carry the name too.
print(pcall(load("error('oops')", "=name")))
print(pcall(load("local t = nil\n t.x = 1", "@f.lua")))
print(pcall(load("error('oops', 0)")))
print(pcall(load("nothing()", "code here")))

-- Environments.
local env = { print = print }
load("x = 10; y = x + 5", "c", "t", env)()
print(env.x, env.y, x, y)
print(load("return x", "c", "t", setmetatable({}, { __index = function(_, k) return "auto " .. k end }))())
print(load("return _ENV", "c", "t", env)() == env, pcall(load("return x", "c", "t", nil)))
print(pcall(load("return x.y", "=c", "t", {})))
print(load("local _ENV = { a = 5 }; return a")(), load("local function f(_ENV) return a end return f { a = 6 }")())

-- Modes.
print(load("return 1", "=m", "b"))
print(load(string.dump(function() return 7 end), "=m", "t"))
print(load(string.dump(function() return 7 end), "=m", "b")(), load("return 8", "=m", "bt")(), load("return 9", "=m")())
print(load("return 1", "=m", ""))

e(load)
e(load, nil)
e(load, 5)
e(load, {})
e(load, "return 1", {})
e(load, "return 1", "n", {})
e(function() return load(true) end)
