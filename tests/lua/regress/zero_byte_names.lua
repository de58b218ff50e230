-- In messages, a zero byte ends a name.
local t = { ["f\0g"] = string.rep }
print(pcall(function() return t["a\0b"].x end))
print(pcall(function() return t["a\0b"]() end))
print(pcall(function() return t["f\0g"]() end))
print(pcall(function() return t["\0"] + 1 end))
print(pcall(function() return "a\0b" | 1 end))
local function named(name) return setmetatable({}, { __name = name }) end
print(pcall(string.rep, named("x\0y")))
print(pcall(function() return -named("x\0y") end))
print(pcall(function() return named("x\0y") < named("x\0z") end))
print(pcall(function() return named("x") < named("z\0") end))
print(pcall(named("\0")))
print(pcall(error, "a\0b"))
print(tostring(named("x\0y")):match("^[^:]*"))
