-- Frames, closures and coroutines made before anything was compiled go on when it is.
local function sum(n)
  local s = 0
  for i = 1, n do
    s = s + i
    if i % 100 == 0 then coroutine.yield(s) end
  end
  return s
end
local function outer(n) return sum(n) + 1 end
local co = coroutine.create(function(n) local r = outer(n) return r, outer(100) end)
print(coroutine.resume(co, 1000))
local called_later = function(x) return x * 2 end
local nested = { function(x) return function(y) return x + y end end }
local plus = nested[1](1)

-- Now something gets hot.
local function hot(x) return x + 1 end
local n = 0
for _ = 1, 2000 do n = hot(n) end
print(n)

while true do
  local values = table.pack(coroutine.resume(co))
  print(table.unpack(values, 1, values.n))
  if coroutine.status(co) == "dead" then break end
end
local function caller(k)
  local s = 0
  for i = 1, k do s = called_later(i) + plus(s) + nested[1](i)(1) end
  return s
end
print(caller(10), caller(1000))
print(pcall(function() for i = 1, 1000 do if i == 999 then error("late", 0) end called_later(i) end end))
