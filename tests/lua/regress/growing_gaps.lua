-- Keys that double leave gaps; a table must not pay for them.
local up, down = {}, {}
for i = 0, 50 do up[2 ^ i] = i end
for i = 50, 0, -1 do down[1 << i] = i end
local function check(name, t)
  local count, sum = 0, 0
  for k, v in pairs(t) do
    assert(k == 1 << v)
    count, sum = count + 1, sum + v
  end
  print(name, count, sum, t[#t] ~= nil, t[#t + 1] == nil)
end
check("ascending", up)
check("descending", down)
print("small", collectgarbage("count") < 10000)

-- So must one whose keys grow by half each time.
local t, k = {}, 1
for i = 1, 60 do
  t[k] = i
  k = k + k // 2 + 1
end
local n = 0
for _ in pairs(t) do n = n + 1 end
print(n, t[1], t[2], t[4], t[7], t[3])
print("small", collectgarbage("count") < 10000)
