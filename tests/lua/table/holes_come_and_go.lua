-- Arrays whose holes are made and filled, in code that runs often enough to be compiled.
local function checksum(t, n)
  local sum = 0
  for i = 1, n do sum = (sum * 31 + (t[i] or 7)) % 1000003 end
  return sum
end

local queue, head, tail = {}, 1, 0
local seen = 0
for round = 1, 300 do
  for i = 1, round % 13 do tail = tail + 1 queue[tail] = round * i end
  for i = 1, round % 11 do
    if head <= tail then
      seen = (seen * 31 + queue[head]) % 1000003
      queue[head] = nil
      head = head + 1
    end
  end
end
print("queue", head, tail, seen)

local t = {}
for i = 1, 100 do t[i] = i end
for round = 1, 20 do
  for i = round, 100, 7 do t[i] = nil end
  for i = round, 100, 14 do t[i] = i * round end
end
print("refilled", checksum(t, 100))

-- A value of another kind into a hole.
local kinds = {}
for round = 1, 60 do
  local a = {1, 2, 3, 4}
  a[2] = nil
  a[2] = round % 3 == 0 and round + 0.5 or round % 3 == 1 and round or {round}
  a[5] = "five"
  kinds[#kinds + 1] = math.type(a[2]) or type(a[2])
  assert(#a == 5 and a[3] == 3 and a[4] == 4)
end
print(table.concat(kinds, " ", 1, 6))

-- Holes of tables with a metatable are the metamethod's.
local stored = 0
local watched = setmetatable({}, {__newindex = function(t, k, v) stored = stored + 1 rawset(t, k, v) end})
local plain = {}
for round = 1, 60 do
  for _, target in ipairs{plain, watched} do
    for i = 1, 8 do target[i] = round end
    target[3] = nil
    target[6] = nil
  end
end
print("newindex", stored, checksum(plain, 8) == checksum(watched, 8))

-- What is traversed may be cleared; what was at the end may be, too.
local function clear(t)
  local n = 0
  for k in pairs(t) do t[k] = nil n = n + 1 end
  return n, next(t), #t
end
local whole, holey = {}, {}
for i = 1, 50 do whole[i] = i holey[i] = i end
for i = 1, 50, 3 do holey[i] = nil end
print("cleared", clear(whole))
print("cleared", clear(holey))

-- References stored into holes survive.
local boxes = {}
for round = 1, 30 do
  for i = 1, 64 do boxes[i] = nil end
  for i = 1, 64, 2 do boxes[i] = {round * i} end
  for i = 64, 2, -2 do boxes[i] = {round * i} end
  collectgarbage("step")
end
local sum = 0
for i = 1, 64 do sum = sum + boxes[i][1] end
print("boxes", sum)

-- Lists that are partly in the hash part.
local object = {a = 1, b = 2, c = 3, d = 4, e = 5}
local lengths = {}
for i = 1, 9 do object[i] = i lengths[i] = #object end
print(table.concat(lengths, " "))
for i = 9, 1, -1 do object[i] = nil lengths[i] = #object end
print(table.concat(lengths, " "))
