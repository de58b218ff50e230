-- io.lines and file:lines.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local path = os.tmpname()
local function write(text)
  local f <close> = assert(io.open(path, "wb"))
  f:write(text)
end
local function all(...)
  local out = {}
  for a, b in io.lines(path, ...) do
    out[#out + 1] = string.format(b ~= nil and "%q:%q" or "%q", a, b)
    if #out == 15 then break end
  end
  print(#out, (table.concat(out, " "):gsub("\n", "n")))
end

write("one\ntwo\n\nfour")
all() all("l") all("L") all("*L") all(1) all(3) all("a") all(100) all(2, 1) all("l", "l") all(0, 1)
write("")
all() all("L") all(1)
write("\n")
all() all("L")
write("10 20\n30")
all("n") all("n", "n") all("n", "l")
write("no newline")
all()

-- The file is closed at the end of the loop, or left open if the loop breaks out of file:lines.
write("1\n2\n3\n")
local f = io.open(path)
for line in f:lines() do
  io.write(line, " ")
  if line == "2" then break end
end
print(io.type(f), f:read("l"), f:read("l"))
print(f:close())
f = io.open(path)
local sum = 0
for n in f:lines("n") do sum = sum + n end
print(sum, io.type(f))
f:close()

-- io.lines returns four values; the last one is closed on break.
local it, a, b, handle = io.lines(path)
print(type(it), a, b, io.type(handle))
print(it(), it(), it())
print(it(), io.type(handle))
e(it)
it, a, b, handle = io.lines(path)
for line in it, a, b, handle do break end
print(io.type(handle))
for line in io.lines(path) do
  if line == "1" then goto done end
end
::done::

-- Reading the default input from a file.
local saved = io.input()
io.input(path)
print(io.read(), io.read("n"), io.read("l"), io.read("L"))
print(io.read("a"), io.read("l"), io.read(0))
io.close(io.input())
e(io.read)
io.input(path)
local out = {}
for line in io.lines() do out[#out + 1] = line end
print(table.concat(out, "+"), io.type(io.input()))
io.input():close()
io.input(saved)

e(io.lines, "no/such/file")
e(io.lines, {})
print(type(io.lines(path, "x")), "formats are checked when reading")
e(function() for _ in io.lines("no/such/file") do end end)
e(function() for _ in io.lines(path, "q") do end end)
f = io.open(path)
f:close()
e(f.lines, f)
f = io.open(path)
it = f:lines()
f:close()
e(it)
local many = {}
for i = 1, 251 do many[i] = "l" end
e(io.lines, path, table.unpack(many))
os.remove(path)
