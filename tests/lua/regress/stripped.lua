-- Functions without debug information: no names, no lines.
local source = [[
local first = "one"
local second = "two"
print(debug.getlocal(1, 1))
print(debug.getlocal(1, 2))
local f = function() local x; return second end
print(debug.getupvalue(f, 1))
print(debug.setupvalue(f, 1, "three"), second)
local info = debug.getinfo(f)
for _, k in ipairs { "name", "linedefined", "lastlinedefined", "short_src", "source", "what", "currentline" } do
  print(k, info[k])
end
print(debug.getinfo(1).currentline, next(debug.getinfo(f, "L").activelines))
print(pcall(function() error("text") end))
print(pcall(function() return 1 + nil end))
print(debug.traceback("trace"))
return second
]]
local f = assert(load(string.dump(load(source), true)))
print((f()))
