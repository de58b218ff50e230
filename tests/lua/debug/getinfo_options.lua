-- debug.getinfo: which fields each option gives, for functions in Lua and others.
local function show(t)
  local names = {}
  for k in pairs(t) do names[#names + 1] = k end
  table.sort(names)
  for i, k in ipairs(names) do
    local v = t[k]
    local kind = type(v)
    names[i] = k .. "=" .. ((kind == "table" or kind == "function") and kind or tostring(v))
  end
  print(table.concat(names, " "))
end

local up1, up2 = 1, 2
local function plain(a, b)
  return a + b + up1 + up2
end
local function variadic(...)
  return select("#", ...)
end
for _, what in ipairs { "", "S", "l", "u", "n", "t", "r", "L", "f", "Sl", "SlutrfLn" } do
  print("[" .. what .. "]")
  show(debug.getinfo(plain, what))
  show(debug.getinfo(variadic, what))
  show(debug.getinfo(print, what))
end
show(debug.getinfo(plain))
show(debug.getinfo(print))
-- Of a running function: the current line, the name, the tail call.
local function inner(what)
  show(debug.getinfo(1, what))
end
inner("n")
inner("l")
inner("t")
inner("r")
inner("Slnutr")
local function tail() return inner("nt") end
tail()
-- Levels there are none of, and the main chunk.
print(debug.getinfo(1000), debug.getinfo(-1), debug.getinfo(2^20))
show(debug.getinfo(1, "S"))
show(debug.getinfo(0, "nS"))
-- Of another coroutine.
local co = coroutine.create(function(x) local y = x coroutine.yield(y) end)
print(debug.getinfo(co, 0))
show(debug.getinfo(co, plain, "S"))
coroutine.resume(co, 1)
show(debug.getinfo(co, 0, "Sn"))
show(debug.getinfo(co, 1, "Sl"))
print(debug.getinfo(co, 2))
coroutine.resume(co)
print(debug.getinfo(co, 0))
-- Errors.
print(pcall(debug.getinfo))
print(pcall(debug.getinfo, "x"))
print(pcall(debug.getinfo, 1, "X"))
print(pcall(debug.getinfo, 1, ">S"))
print(pcall(debug.getinfo, print, "Sx"))
print(pcall(debug.getinfo, 1, 1))
print(pcall(debug.getinfo, 1, {}))
print(pcall(debug.getinfo, {}))
print(pcall(debug.getinfo, co))
print(pcall(debug.getinfo, 1.5))
