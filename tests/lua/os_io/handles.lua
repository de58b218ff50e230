-- Handles as values: in tables, with <close>, with the collector, as default files.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local path = os.tmpname()

-- <close> closes on every way out.
local kept
do
  local f <close> = assert(io.open(path, "w"))
  f:write("written in a scope\n")
  kept = f
end
print(io.type(kept))
pcall(function()
  local f <close> = assert(io.open(path, "a"))
  kept = f
  f:write("written before an error\n")
  error("out")
end)
print(io.type(kept))
local function early()
  local f <close> = assert(io.open(path))
  kept = f
  return f:read("l"), f:read("l"), f:read("l")
end
print(early())
print(io.type(kept))

-- Closing an already closed file through <close> is harmless.
do
  local f <close> = io.open(path)
  f:close()
end
-- The collector closes what nobody holds; the data is there.
do
  local f = io.open(path, "w")
  f:write("left to the collector")
  f = nil
end
collectgarbage()
collectgarbage()
print(io.open(path):read("a"))

-- Two handles on one file.
local w = io.open(path, "w")
local r = io.open(path, "r")
w:setvbuf("no")
w:write("abc")
print(r:read(2))
w:write("def")
w:flush()
print(r:read("a"))
w:close()
r:close()

-- Handles compare by identity and can be keys.
local f, g = io.open(path), io.open(path)
local t = { [f] = "f", [g] = "g" }
print(f == f, f == g, t[f], t[g], f ~= io.stdout, rawequal(f, f))
e(function() return f < g end)
e(function() return f .. "" end)
e(function() return #f end)
e(function() return f.nomethod end)
e(function() return f:nomethod() end)
e(function() f.x = 1 end)
e(function() return f() end)
print(f.read == io.stdout.read, f.close == g.close, type(f.lines))
f:close()
print(tostring(f), tostring(g):match("^file %(0x") ~= nil or tostring(g):match("^file %("))
g:close()

-- io.close without arguments closes the default output.
local saved = io.output()
io.output(path)
local default = io.output()
print("not to the file")
io.write("to the file")
print(io.close(), io.type(default))
e(io.close)
io.output(saved)
print(io.open(path):read("a"))
io.input(path)
print(io.read(2), io.read("a"), io.read("a"), io.read("l"), io.read(0))
print(io.input():close(), io.type(io.input()))
e(io.read, "l")
e(io.lines)
io.input(io.stdin)
print(io.type(io.stdin), io.type(io.input()))
os.remove(path)
