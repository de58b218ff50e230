-- Binary chunks that are cut off or damaged, and errors in functions without debug information.
local chunk = string.dump(function(a) local t = { a, x = "a constant" } return #t, t.x, a + 2.5 end)
print(load(chunk, "=whole", "b")(1))

-- Cut off anywhere, whole or in pieces.
local messages = {}
for n = 1, #chunk - 1 do
  local f, message = load(chunk:sub(1, n), "=cut", "b")
  messages[message] = (messages[message] or 0) + 1
  assert(not f)
end
for message, count in pairs(messages) do print(message, count == #chunk - 1) end
local pieces = { chunk:sub(1, 50) }
print(load(function() return table.remove(pieces) end, "=piece", "b"))
print(load(chunk .. "what follows doesn't matter", "=more", "b")(2))

-- The name is shown as it is, up to a zero.
for _, name in ipairs { "=name", "@file.lua", "code", chunk, "", "=", "two\nlines", "a\0b", ("long "):rep(20) } do
  print(load("\27Lua", name))
end
print(load("\27Lua"))
print(load(function() return nil end, "=empty", "b"))

-- The header.
local function with(at, byte) return load(chunk:sub(1, at - 1) .. string.char(byte) .. chunk:sub(at + 1), "=h") end
for at, byte in pairs { [4] = 98, [5] = 0x54, [6] = 1, [9] = 0 } do assert(not with(at, byte)) end
print(with(2, 108))
print(with(5, 0x54))
print(with(6, 1))
print(with(9, 0))
print(with(13, 0))
print(with(14, 0))
print(with(18, 0))
print(with(19, 0))
print(with(23, 0))
print(with(24, 0))
print(with(32, 0))
print(with(39, 0))

-- Modes.
for _, mode in ipairs { "", "t", "x", "text\0b" } do print(load(chunk, "=m", mode)) end
print(pcall(load, chunk, "=m", "B"))
print(pcall(load, "return 1", "=m", "btB"))
print(pcall(loadfile, "no such file", "B"))
local calls = 0
print(load(function() calls = calls + 1 return chunk end, "=m", "t"))
print(calls)

-- Without debug information there are no lines and no names.
local function stripped(source) return load(string.dump(load(source, "=source"), true), "=unused", "b") end
print(pcall(stripped "local t; t.x = 1"))
print(pcall(stripped "local function f() return nothing() end return f()"))
print(pcall(stripped "local u; local function f() u() end f()"))
print(pcall(stripped "return ('x'):nothing()"))
print(pcall(stripped "return {} .. 'x'"))
print(pcall(stripped "for i = 1, 'x' do end"))
print(pcall(stripped "local x <close> = 3"))
print(pcall(stripped "error('message')"))
print(pcall(stripped "error('message', 2)"))
print(pcall(stripped "local function f() error('message', 2) end f()"))
print(pcall(stripped "string.rep()"))
print(pcall(stripped "assert(nil, 'as it is')"))
print(pcall(load(string.dump(load("error('with a line')", "@source.lua")), "=unused", "b")))
print(pcall(load(string.dump(stripped "local t; t.x = 1"), "=unused", "b")))
