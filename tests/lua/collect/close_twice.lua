-- Closing: twice, by other means, of the standard files' replacements.
local name = os.tmpname()
local f = io.open(name, "w")
print(f:close(), pcall(f.close, f))
print(pcall(io.close, f))
print(pcall(function() f:write("x") end))
print(pcall(function() local x <close> = f return "closing a closed file is fine" end))
print(getmetatable(f).__name, tostring(f), io.type(f))
print(pcall(getmetatable(f).__gc, f), pcall(getmetatable(f).__close, f))
print(pcall(getmetatable(f).__index.close))
print(pcall(getmetatable(f).__index.close, io))
print(pcall(getmetatable(f).__gc, {}))
-- Default files that were closed.
local out, input = io.output(), io.input()
local g = io.output(io.open(name, "w"))
io.write("to the file")
print(io.close())
print(pcall(io.write, "x"))
print(pcall(io.close))
io.output(out)
io.input(name)
print(io.read("a"))
print(io.close(io.input()), pcall(io.read))
print(pcall(io.lines))
io.input(input)
-- Files opened for the other direction.
local r = io.open(name, "r")
print(select("#", r:write("x")), (r:write("x")))
print(r:close())
local w = io.open(name, "w")
print((w:read("a")), select(3, w:read("a")))
print(w:close())
-- Modes.
for _, mode in ipairs { "r", "rb", "r+", "r+b", "w", "wb", "w+", "a", "ab", "a+", "a+b", "w+b" } do
  local h = io.open(name, mode)
  print(mode, io.type(h), h:close())
end
for _, mode in ipairs { "", "x", "rw", "br", "rb+", "R", "w++", "+", " r" } do
  print(mode, pcall(io.open, name, mode))
end
print(io.open("."):read("a"))
print(io.open(".", "w"))
print(os.remove(name))
