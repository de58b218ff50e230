-- lines with formats: of a file, of a name, several at once, at the end.
local name = os.tmpname()
local function fill(text)
  local f = assert(io.open(name, "w"))
  f:write(text)
  f:close()
end
local function show(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = t[i] == nil and "nil" or ("%q"):format(t[i]):gsub("\n", "n") end
  return table.concat(t, " ")
end
local function all(...)
  local out = {}
  for a, b, c in io.lines(name, ...) do out[#out + 1] = "(" .. show(a, b, c) .. ")" end
  print(table.concat(out, " "))
end
fill("first line\nsecond\n\n12 0x10 1e1 end\nno newline")
all()
all("l")
all("L")
all("l", "L")
all(1)
all(5)
all(100)
all("l", 3)
all(3, "l", "L")
all("*l")
all("*L")
fill("1 2.5\n0x1F -3 abc 4")
all("n")
all("n", "n")
all("n", 1)
fill("")
all()
all("L")
all(1)
fill("\n\n")
all()
all("L")
-- "a" never ends, 0 does at the end.
fill("xyz")
local n = 0
for s in io.lines(name, "a") do
  n = n + 1
  print(show(s))
  if n == 2 then break end
end
fill("ab")
local f = io.open(name)
for s in f:lines(0) do
  print(show(s), show(f:read(1)))
end
-- The file's own lines keep it open; those of io.lines close theirs.
print(io.type(f), f:seek("set"))
for l in f:lines() do print(l) end
print(io.type(f), f:close())
local iter, state, control, closing = io.lines(name)
print(type(iter), state, control, io.type(closing))
print(iter(), iter(), io.type(closing))
print(pcall(iter))
-- Leaving early closes.
local _, _, _, early = io.lines(name)
do
  local c <close> = early
end
print(io.type(early))
-- A file closed while it's iterated.
local g = io.open(name)
print(pcall(function() for l in g:lines() do g:close() end end))
-- Errors.
print(pcall(io.lines(name, "x")))
print(pcall(io.lines(name, "n", "*x")))
print(pcall(io.lines(name, {})))
print((pcall(io.lines, name, "")))
local many = {}
for i = 1, 251 do many[i] = 1 end
print(pcall(io.lines, name, table.unpack(many)))
many[251] = nil
print(type(io.lines(name, table.unpack(many))))
print(os.remove(name))
