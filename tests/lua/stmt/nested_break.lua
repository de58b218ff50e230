-- break leaves the innermost loop only; interplay of loops of every kind.
local log = {}
local function put(...) log[#log + 1] = table.concat({ ... }, "") end
local function flush() print(table.concat(log, " ")) log = {} end
for i = 1, 3 do
  for j = 1, 3 do
    if j == i then break end
    put(i, j)
  end
  put("e", i)
end
flush()
local n = 0
while true do
  n = n + 1
  repeat
    for k in pairs { "x", "y" } do if k == 2 then break end put("k", k, n) end
    if n > 2 then break end
    put("r", n)
  until n > 0
  if n == 4 then break end
end
flush()
for i = 1, 3 do
  while true do
    if i == 2 then break end
    put("w", i)
    break
  end
  do if i == 3 then break end end
  put("after", i)
end
flush()
-- break as a middle statement is allowed
for i = 1, 2 do put(i) do break end put("no") end
for i = 1, 2 do if true then break else put("no") end put("no") end
flush()
-- a closure made before break keeps its own variable
local fs = {}
for i = 1, 5 do
  local x = i * 10
  fs[#fs + 1] = function() x = x + 1 return x end
  if i == 3 then break end
end
for _, f in ipairs(fs) do put(f(), "/", f()) end
flush()
-- break inside a function inside a loop belongs to the function's loops
print(load("for i = 1, 2 do local f = function() break end end", "=b"))
print(load("break", "=b"))
print(load("if true then break end", "=b"))
print(load("do break end while true do end", "=b"))
print(load("while true do end break", "=b"))
print(load("repeat break until true return 'ok'")())
print(load("for i = 1, 3 do break break end return 'two breaks'")())
print(load("while true do break; local x = 1 end return 'code after break'")())
-- search in a matrix
local m = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }
local function where(v)
  local r, c
  for y = 1, #m do
    for x = 1, #m[y] do
      if m[y][x] == v then r, c = y, x break end
    end
    if r then break end
  end
  return r, c
end
print(where(6))
print(where(7))
print(where(0))
-- primes by trial division with break
local primes = {}
for c = 2, 60 do
  local prime = true
  for _, p in ipairs(primes) do
    if p * p > c then break end
    if c % p == 0 then prime = false break end
  end
  if prime then primes[#primes + 1] = c end
end
print(table.concat(primes, " "))
