-- Numeric loops of all kinds, run often enough to be compiled, with what they count.
local function run(a, b, c)
  local n, sum, first, last = 0, 0, nil, nil
  for i = a, b, c do
    n = n + 1
    sum = sum + i
    first = first or i
    last = i
    if n > 200 then break end
  end
  return n, sum, first, last, math.type(last)
end
local function up(a, b)
  local n, sum, last = 0, 0, nil
  for i = a, b do n = n + 1 sum = sum + i last = i if n > 200 then break end end
  return n, sum, last, math.type(last)
end
local function down(a, b)
  local n, sum, last = 0, 0, nil
  for i = a, b, -1 do n = n + 1 sum = sum + i last = i if n > 200 then break end end
  return n, sum, last, math.type(last)
end
local edge = 1 << 47
local bounds = {
  {1, 10}, {-10, 10}, {-3, -1}, {-1, 0}, {0, 0}, {0, -1}, {10, 1}, {-5, 5.5}, {-5.5, 5}, {0.25, 3},
  {-edge, -edge + 5}, {edge - 6, edge - 1}, {edge - 3, edge + 3}, {-edge - 3, -edge + 3}, {-edge, edge - 1},
  {math.maxinteger - 3, math.maxinteger}, {math.mininteger, math.mininteger + 3}, {math.mininteger, math.maxinteger},
  {1, math.huge}, {1, -math.huge}, {-math.huge, 3}, {0/0, 3}, {1, 0/0}, {1, 3.7}, {-3.7, -1}, {2^53, 2^53 + 4},
}
local steps = {1, -1, 2, -3, 0.5, -0.25, 7, edge, -edge, math.maxinteger, math.mininteger, math.huge, 1e308}
local function show(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = tostring(t[i]) end
  return table.concat(t, " ")
end
local report = {}
for round = 1, 30 do
  report = {}
  for _, b in ipairs(bounds) do
    report[#report + 1] = show("up", b[1], b[2], up(b[1], b[2]))
    report[#report + 1] = show("down", b[2], b[1], down(b[2], b[1]))
  end
end
print(table.concat(report, "\n"))
for round = 1, 10 do
  report = {}
  for _, b in ipairs(bounds) do
    for _, s in ipairs(steps) do
      report[#report + 1] = show(b[1], b[2], s, run(b[1], b[2], s))
      report[#report + 1] = show(b[2], b[1], s, run(b[2], b[1], s))
    end
  end
end
print(table.concat(report, "\n"))
-- Always of one kind.
local function grid() local s = 0 for dx = -1, 1 do for dy = -2, 2 do s = s + dx * 10 + dy * dy end end return s end
local function floats() local s = 0 for x = 0, 1, 0.125 do s = s + x end for x = 1.5, -1.5, -0.5 do s = s + x end return s end
local function mixed(n) local s = 0 for i = 1, n do s = s + i end return s end
local total = 0
for i = 1, 300 do total = total + grid() + floats() + mixed(10) + mixed(10.5) end
print(total)
for _, bad in ipairs { {1, 2, 0}, {1.5, 2, 0}, {1, {}, 1}, {"1", 2, 1}, {1, "2", 1}, {1, 2, "x"}, {1, 2, nil}, {nil, 1, 1}, {1, {}, 0}, {1.5, 2, {}}, {{}, 1.5, 0} } do
  print(pcall(run, bad[1], bad[2], bad[3]))
end
