-- debug.getinfo: sources, their short forms, lines of definition, active lines.
local function source(chunk, name)
  local info = debug.getinfo(assert(load(chunk, name)), "S")
  print(#info.source, info.short_src, info.what, info.linedefined, info.lastlinedefined)
end
source("return 1", "=name")
source("return 1", "@file.lua")
source("return 1", "return 1")
source("return 1")
source("local a\nreturn", "first\nsecond")
source("return 1", "")
source("return 1", "=")
source("return 1", "@")
source("return 1", "\n")
source("return 1", "=" .. ("n"):rep(100))
source("return 1", "@" .. ("f"):rep(100))
source("return 1", ("s"):rep(100))
for n = 56, 62 do
  source("return 1", "=" .. ("n"):rep(n))
  source("return 1", "@" .. ("f"):rep(n))
end
for n = 42, 48 do source("return 1", ("s"):rep(n)) end
source("return 1", ("s"):rep(42) .. "\n")

local function lines(f)
  local t = {}
  for line in pairs(debug.getinfo(f, "L").activelines) do t[#t + 1] = line end
  table.sort(t)
  return table.concat(t, " ")
end
local function simple(a)
  local b = a

  return b
end
local base = debug.getinfo(simple, "S").linedefined
print(base, debug.getinfo(simple, "S").lastlinedefined, lines(simple))
print(lines(load("local a = 1\n\nlocal b = 2\nreturn a,\nb")))
print(lines(load("return function(...)\nlocal x = ...\nreturn x\nend")()))
print(lines(load("return function()\nend")()))
print(lines(load("\n\nprint(1)\n\n")))
print(debug.getinfo(print, "L").activelines)
print(lines(load("x = 1\nif x then\n y = 2\nelse\n y = 3\nend\n")))
local stripped = load(string.dump(simple, true))
local info = debug.getinfo(stripped, "SlL")
print(info.source, info.short_src, info.what, info.linedefined, info.lastlinedefined, info.currentline, next(info.activelines))
