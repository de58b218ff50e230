-- while and repeat; the until condition sees the locals of the body.
local n = 0
while n < 3 do n = n + 1 io.write(n, " ") end
while false do print "never" end
while nil do print "never" end
repeat n = n - 1 io.write(n, " ") until n == 0
repeat io.write "once " until true
print()
local i = 0
repeat
  local done = i >= 4
  i = i + 1
until done
print(i)
-- closures over locals of a repeat body, also used by the condition
local fs = {}
local k = 0
repeat
  local v = k
  fs[#fs + 1] = function() v = v + 10 return v end
  k = k + 1
until fs[#fs]() > 13
for j, f in ipairs(fs) do io.write(j, ":", f(), " ") end
print(#fs)
-- the same for while
fs = {}
k = 0
while k < 4 do
  local v = k * k
  k = k + 1
  fs[k] = function(d) v = v + d return v end
end
for j = 1, 4 do io.write(fs[j](1), ",", fs[j](1), " ") end
print()
-- break from inside nested blocks, with captured locals
k = 0
while true do
  local w = k
  fs[k + 1] = function() return w end
  if k > 2 then
    do
      local z = w * 2
      fs.last = function() return z + w end
      if z > 5 then break end
    end
  end
  k = k + 1
end
print(k, fs[1](), fs[3](), fs.last())
repeat
  local a = 5
  if a > 3 then break end
until a == 3
-- condition with side effects, evaluated once more than the body
local evals = 0
local function cond() evals = evals + 1 return evals < 5 end
while cond() do end
print(evals)
evals = 0
repeat until not cond()
print(evals)
-- local shadowing the loop variable within the body
local s = 1
repeat local s = s + 1 until s == 2
print(s)
local r = 0
while r < 10 do
  r = r + 1
  if r % 2 == 0 then goto continue end
  if r == 9 then break end
  io.write(r, " ")
  ::continue::
end
print()
-- infinite-loop forms ended by return
local function find(t, x)
  local p = 0
  while true do
    p = p + 1
    if t[p] == nil then return nil end
    if t[p] == x then return p end
  end
end
print(find({ 3, 1, 4, 1, 5 }, 4), find({}, 1), find({ 1, 2 }, 9))
-- collatz
local function steps(m)
  local c = 0
  while m ~= 1 do if m % 2 == 0 then m = m // 2 else m = 3 * m + 1 end c = c + 1 end
  return c
end
print(steps(1), steps(27), steps(97), steps(871))
