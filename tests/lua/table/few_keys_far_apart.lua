-- A few keys don't make a list look endless: wherever its border is, it is soon reached.
for _, odd in ipairs { 0, 1 } do
  local longest = 0
  for round = 1, 20 do
    local t = {}
    for i = 61, 0, -1 do t[(1 << i) + odd * (i % 2)] = true end
    local n = #t
    assert(n == 0 or t[n]) assert(t[n + 1] == nil)
    longest = math.max(longest, n)
  end
  print(longest < 1 << 40)
end
