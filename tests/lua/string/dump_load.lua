-- string.dump gives a binary chunk that load takes back.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

local function add(a, b) return a + b end
local code = string.dump(add)
print(type(code), code:sub(1, 4) == "\27Lua")
print(load(code, "add", "b")(20, 22))
print(load(string.dump(add, true), "add", "b")(1, 2))
print(load(code, "add", "bt")(1.5, 2))
print(load(code, "add", "t"))
print(load("return 1", "=text", "b"))

-- Upvalues come back fresh; globals come through the first upvalue.
local count = 10
local function counter() count = count + 1 return count end
local copy = load(string.dump(counter), "counter", "b")
print(pcall(counter))
print(pcall(copy))
local function greet(name) return "hello " .. string.upper(name) end
print(load(string.dump(greet), "greet", "b", { string = string })("moon"))
print(load(string.dump(load("x = (x or 0) + 1 return x")), "x", "b", { x = 5 })())

-- Nested functions, varargs, constants of all kinds.
local function big(...)
  local t = { 1, 2.5, "s", true, nil, -7, 1 << 40, ("long"):rep(20), ... }
  local function inner(k) return t[k] end
  local parts = {}
  for i = 1, 10 do parts[i] = tostring(inner(i)) end
  return table.concat(parts, ",")
end
print(load(string.dump(big), "big", "b")("x", "y"))
print(load(string.dump(big, true), "big", "b")("x", "y") == big("x", "y"))

-- Loops, goto and closures survive the trip.
local source = [[
local out = {}
for i = 1, 10 do
  if i % 2 == 0 then goto continue end
  out[#out + 1] = function() return i * i end
  ::continue::
end
local s = 0
for _, f in ipairs(out) do s = s + f() end
return s]]
print(load(string.dump(load(source)), "loop", "b")())
local again = string.dump(load(string.dump(load(source)), "x", "b"))
print(load(again, "again", "b")())

e(string.dump)
e(string.dump, 1)
e(string.dump, print)
e(string.dump, "x")
e(string.dump, coroutine.wrap(print))
print(load("\27Lua", "bad", "b") == nil)
print(load("\27", "bad", "t"))
