-- Integer loops: bounds, steps, and no wrap-around at the extremes.
local max, min = math.maxinteger, math.mininteger
local function run(a, b, c, cap)
  local out, n = {}, 0
  if c == nil then
    for i = a, b do n = n + 1 out[n] = string.format("%q", i) if n >= (cap or 8) then out[n + 1] = "..." break end end
  else
    for i = a, b, c do n = n + 1 out[n] = string.format("%q", i) if n >= (cap or 8) then out[n + 1] = "..." break end end
  end
  print(tostring(a) .. "," .. tostring(b) .. "," .. tostring(c) .. ":", table.concat(out, " "))
end
run(1, 3); run(3, 1); run(1, 1); run(0, -1); run(-2, 2); run(3, 1, -1); run(1, 3, -1);
run(1, 10, 3); run(10, 1, -4); run(5, 5, -1); run(5, 5, 100)
run(max - 2, max); run(max, max); run(max - 3, max, 2); run(max - 1, max, 5); run(min, min + 2);
run(min + 2, min, -1); run(min + 3, min, -2); run(min, min)
run(max, min); run(min, max, max); run(max, min, min); run(min, max, max // 2);
run(max, min, min + 1); run(0, max, max); run(-1, min, min); run(1, max, max - 1)
-- float limits are clipped, integer start and step keep integer iteration
run(1, 3.9); run(1, 3.0); run(-1, -3.9, -1); run(1, 0.5); run(1, math.huge, 1, 3);
run(1, -math.huge); run(-1, -math.huge, -1, 3); run(1, math.huge, -1)
run(max - 1, 1e300); run(min + 1, -1e300, -1); run(1, 2^63, max); run(1, 0 / 0 ~= 0 / 0 and 2 or 1);
run(max, 2^63); run(min, -2^63, -1); run(1, -2^63 - 2048)
for i = 1, 0 / 0 do print "nan limit never runs" end
for i = 1, -(0 / 0) do print "nan limit never runs" end
-- control expressions are evaluated once; the bounds do not follow later changes
local lim, cnt = 3, 0
for i = 1, lim do lim = 10 cnt = cnt + 1 end
print(cnt, lim)
local t = { 1, 2, 3 }
for i = 1, #t do t[#t + 1] = t[i] * 10 end
print(#t, t[6])
-- large counts
local sum = 0
for i = 1, 100000 do sum = sum + i end
for i = 100000, 1, -1 do sum = sum - i end
print(sum)
local steps = 0
for i = min, max, 1 << 48 do steps = steps + 1 end
print(steps)
steps = 0
for i = max, min, -(1 << 47) do steps = steps + 1 end
print(steps)
-- a fresh variable for each iteration
local fs = {}
for i = 1, 3 do local j = i * 2 fs[i] = function() j = j + 1 return i, j end end
for i = 1, 3 do io.write(string.format("%d/%d ", fs[i]()), string.format("%d/%d ", fs[i]())) end
print()
local i = "outer"
for i = 1, 2 do local i = i .. "!" io.write(i, " ") end
print(i)
for i = 1, 3 do for i = i, 3 do io.write(i, " ") end io.write("| ") end
print()
for i = 5, 1, -2 do if i == 3 then goto next end io.write(i, " ") ::next:: end
print()
