-- os.remove, os.rename, os.tmpname, and error messages with file names.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local a, b = os.tmpname(), os.tmpname()
local function mask(...)
  local t = table.pack(...)
  for i = 1, t.n do
    local s = tostring(t[i])
    for name, path in pairs { A = a, B = b } do
      local from, to = s:find(path, 1, true)
      if from then s = s:sub(1, from - 1) .. name .. s:sub(to + 1) end
    end
    t[i] = s
  end
  print(table.concat(t, "\t"))
end
local function write(path, text) local f <close> = assert(io.open(path, "w")) f:write(text) end
local function read(path) local f <close> = assert(io.open(path)) return f:read("a") end

print(type(a), a ~= b, #a > 0)
write(a, "contents")
print(read(a))
os.remove(b)
mask(os.rename(a, b))
print(read(b), io.open(a) == nil)
mask(io.open(a))
mask(os.rename(a, b))
mask(os.remove(a))
mask(os.remove(b))
mask(os.remove(b))
mask(os.remove("no/such/file"))
mask(os.rename("no/such/file", "elsewhere"))
mask(pcall(io.lines, a))
mask(pcall(io.input, a))
mask(loadfile(a))
mask(pcall(dofile, a))

-- Renaming over an existing file replaces it.
write(a, "from a")
write(b, "from b")
mask(os.rename(a, b))
print(read(b))
mask(os.remove(b))

e(os.remove)
e(os.remove, {})
e(os.rename)
e(os.rename, "x")
e(os.rename, "x", {})
e(os.rename, nil, "x")

-- Writing much and reading it back in different ways.
local parts = {}
for i = 1, 2000 do parts[i] = i .. ":" .. ("#"):rep(i % 13) end
write(a, table.concat(parts, "\n"))
local n, chars = 0, 0
for line in io.lines(a) do n, chars = n + 1, chars + #line end
print(n, chars, #read(a))
local f = io.open(a)
local blocks = 0
while true do
  local block = f:read(1000)
  if not block then break end
  blocks = blocks + 1
end
print(blocks, f:seek("cur") == f:seek("end"))
f:close()
f = io.open(a, "w")
f:setvbuf("full", 64)
for i = 1, 100 do f:write(i, ",") end
f:flush()
print(#read(a))
f:close()
os.remove(a)
