-- Functions with several loops, each of which is long, and of other types than the ones before; and such functions under way
-- more than once when a later loop is met: in recursion, in coroutines, in handlers.

local function phases(n)
  local out = {}
  local x = 0
  for i = 1, n do x = x + i end
  out[#out + 1] = x
  for i = 1, n do x = x + 0.5 end
  out[#out + 1] = x
  local s = ""
  for i = 1, n do s = s .. i % 10 end
  out[#out + 1] = #s
  local t = {}
  for i = 1, n do t[i] = i << 50 end
  for i, v in ipairs(t) do x = x + (v >> 50) - i end
  out[#out + 1] = x
  local k = n
  while k > 0 do k = k - 1 if k % 2 == 0 then x = x + 1 else x = x - 1 end end
  out[#out + 1] = x
  repeat k = k + 1 until k == n
  out[#out + 1] = k
  for key, v in pairs({ a = 1, b = 2 }) do x = x + v end
  for i = n, 1, -1 do t[i] = nil end
  out[#out + 1] = #t
  return table.concat(out, " "), x
end

for i = 1, 6 do print(phases(100 + i)) end

-- Each level comes to its second loop while those below are in their first, compiled before.
local function levels(depth, n)
  local sum = 0
  for i = 1, n do
    sum = sum + i
    if i == n - 1 and depth > 0 then sum = sum + levels(depth - 1, n) end
  end
  local text = {}
  for i = 1, n do text[i] = (sum + i) .. "" end
  for i = 1, n do sum = sum + #text[i] end
  return sum
end
print(levels(0, 50), levels(7, 60), levels(3, 200))

local function each(n)
  for i = 1, n do coroutine.yield(i) end
  local x = 1
  for i = 1, n do x = x ~ x << 13 ~ x >> 7 if i % 8 == 0 then coroutine.yield(x) end end
  for i = 1, n do x = -x coroutine.yield(i + 0.5) end
  return x
end

local threads, results = {}, {}
for i = 1, 5 do threads[i] = coroutine.wrap(each) end
for round = 1, 60 do
  for i, thread in ipairs(threads) do results[i] = thread(round == 1 and 40 + 2 * (i % 2) or nil) end
  if round % 20 == 0 or round > 55 then print(round, table.unpack(results)) end
end

-- Errors leave the first of a later loop's rounds.
local function fails(n, bad)
  local x = 0
  for i = 1, n do x = x + i end
  for i = 1, n do x = x + (i == bad and {} or 1) end
  for i = 1, n do if i == bad then error("at " .. i, 2) end end
  return x
end
for _, bad in ipairs { 0, 1, 2, 30, 99, 0 } do print(bad, pcall(fails, 100, bad)) end

-- In finalizers, handlers and comparisons.
local calls = 0
local object = setmetatable({}, {
  __lt = function(a, b)
    local n = 0
    for i = 1, 60 do n = n + 1 end
    for i = 1, 60 do n = n + 0.5 end
    calls = calls + 1
    return n == 90 and calls % 2 == 0
  end,
  __close = function()
    local list = {}
    for i = 1, 60 do list[i] = i end
    for _, v in ipairs(list) do calls = calls + v end
  end,
})
local truths = 0
for i = 1, 100 do
  local guard <close> = object
  if object < object then truths = truths + 1 end
end
print(calls, truths)
