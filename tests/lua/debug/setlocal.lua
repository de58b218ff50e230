-- debug.setlocal: variables of running functions, their varargs, those of coroutines.
local function simple(a)
  local b = "b"
  print(debug.setlocal(1, 1, "new a"), debug.setlocal(1, 2, "new b"))
  print(a, b)
  print(debug.setlocal(1, 100, "x"))
end
simple("a")
local function variadic(...)
  print(debug.setlocal(1, -1, "first"), debug.setlocal(1, -2, "second"), debug.setlocal(1, -3, "none"))
  print(...)
end
variadic(1, 2)
-- A caller's variables, from a function it calls.
local function change(name, value)
  local i = 1
  while true do
    local n = debug.getlocal(2, i)
    if not n then return false end
    if n == name then return debug.setlocal(2, i, value) end
    i = i + 1
  end
end
local function caller()
  local x, y = 1, "s"
  print(change("x", 10.5), x)
  print(change("y", nil), y)
  print(change("none", 1))
  local sum = 0
  for i = 1, 3 do
    x = i
    change("x", x * 2)
    sum = sum + x
  end
  print(sum)
end
caller()
-- A captured variable: everyone sees the change.
local function captured()
  local x = 1
  local get = function() return x end
  print(debug.setlocal(1, 1, 2), x, get())
end
captured()
-- Variables of a suspended coroutine.
local co = coroutine.create(function(a, ...)
  local b = a
  coroutine.yield()
  print(a, b, ...)
end)
coroutine.resume(co, "a", "v1", "v2")
print(debug.getlocal(co, 1, 1))
print(debug.getlocal(co, 1, 2))
print(debug.getlocal(co, 1, -1))
print(debug.setlocal(co, 1, 1, "A"), debug.setlocal(co, 1, 2, "B"), debug.setlocal(co, 1, -2, "V2"))
print(pcall(debug.getlocal, co, 3, 1))
coroutine.resume(co)
print(pcall(debug.getlocal, co, 0, 1))
-- Arithmetic on a variable whose type was changed meanwhile.
local function typed()
  local n = 1
  local total = 0
  for i = 1, 4 do
    total = total + n
    if i == 2 then change("n", 0.5) end
  end
  print(n, total)
end
typed()
-- Errors.
print(pcall(debug.setlocal))
print(pcall(debug.setlocal, 1, 1))
print(pcall(debug.setlocal, 100, 1, 1))
print(pcall(debug.setlocal, "x", 1, 1))
print(pcall(debug.setlocal, 1, "x", 1))
print(pcall(debug.setlocal, print, 1, 1))
