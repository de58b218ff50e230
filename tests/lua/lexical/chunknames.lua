-- How a chunk name is shown in messages.
local function msg(name)
  local _, e = pcall(load("error('E')", name))
  return e
end
print(msg("=name"))
print(msg("@file.lua"))
print(msg("code line"))
print(msg("first line\nsecond line"))
print(msg("\nstarts with newline"))
print(msg(""))
print(msg("="))
print(msg("@"))
print(msg("=" .. ("x"):rep(100)))
print(msg("@" .. ("y"):rep(100)))
print(msg(("z"):rep(100)))
print(msg(("z"):rep(30) .. "\n" .. ("w"):rep(100)))
for n = 43, 61, 2 do
  print(n, msg("=" .. ("e"):rep(n)), msg("@" .. ("f"):rep(n)), msg(("s"):rep(n)))
end
print(msg(nil))
print(select(2, load("x =", "=(load)")))
print(select(2, load("x =")))
print(select(2, load("local a = 1\nlocal b = 2\nlocal c = = 3")))
print(select(2, pcall(load("local a\n\nerror('m')"))))
print(select(2, pcall(load(function() return nil end, "=fn"))))
local parts, i = { "return ", "1 +", " 41" }, 0
print(load(function() i = i + 1 return parts[i] end, "=parts")())
i = 0
parts = { "return ", "1 +", "* 41" }
print(load(function() i = i + 1 return parts[i] end))
i, parts = 0, { "return ", 12, 3 }
print(load(function() i = i + 1 return parts[i] end)())
print(pcall(load, function() return {} end))
print(pcall(load, function() error("boom", 0) end))
print(select(2, pcall(load, function() error({}, 0) end)) == nil)
print(load("return 1", "n", "b"))
print(load("return 1", "n", "t")())
print(pcall(load, "return 1", "n", "x"))
