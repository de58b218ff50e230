-- dofile and loadfile on files written by the test itself.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local path = os.tmpname()
local function write(text)
  local f <close> = assert(io.open(path, "wb"))
  f:write(text)
end
local function plain(s)
  local from, to = s:find(path, 1, true)
  while from do
    s = s:sub(1, from - 1) .. "FILE" .. s:sub(to + 1)
    from, to = s:find(path, 1, true)
  end
  return s
end

write("return 1, nil, 'three'")
print(dofile(path))
print(loadfile(path)())
write("return ...")
print(loadfile(path)("a", "b"))
print(select("#", dofile(path)))
write("# a first line with a hash is skipped\nreturn 'second line'")
print(dofile(path))
write("#only a hash line")
print(dofile(path))
write("\xEF\xBB\xBFreturn 'after a byte order mark'")
print(dofile(path))
write("\xEF\xBB\xBF#! both\nreturn 'both'")
print(dofile(path))
write("")
print(dofile(path), type(loadfile(path)))

write("x = = 1")
local f, message = loadfile(path)
print(f, plain(message))
print(plain(select(2, pcall(dofile, path))))
write("\n\nerror('inside')")
print(plain(select(2, pcall(dofile, path))))
write("#hash counts as a line\nerror('line two')")
print(plain(select(2, pcall(dofile, path))))
write("error({ code = 9 })")
print(select(2, pcall(dofile, path)).code)
write("local t <close> = setmetatable({}, { __close = function() print('closed') end }) return 'value'")
print(dofile(path))

-- Environment and mode.
write("result = (result or 0) + 1 return result")
local env = {}
print(loadfile(path, "t", env)(), loadfile(path, "bt", env)(), env.result, result)
print(plain(select(2, loadfile(path, "b"))))
write(string.dump(function() return "from binary" end))
print(loadfile(path)(), loadfile(path, "b")())
print(plain(select(2, loadfile(path, "t"))))
write("#hash\n" .. string.dump(function() return "binary after a hash line" end))
print(loadfile(path)())
write("coroutine.yield('yield from a file') return 'end'")
print(coroutine.wrap(function() return pcall(loadfile(path)) end)())
print(os.remove(path))

print(loadfile("no/such/file.lua"))
e(dofile, "no/such/file.lua")
print(loadfile("no/such/file.lua", "t", {}))
e(loadfile, {})
e(dofile, {})
e(loadfile, path, {})
