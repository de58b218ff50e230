-- A string that grows by two pieces at a time.
local function grow(steps, a, b)
  local s = ""
  for i = 1, steps do
    s = s .. a .. b
    if i % 100 == 0 then s = s .. "\n" end
  end
  return s
end

local function run(n)
  local length, lines = 0, 0
  for i = 1, n do
    local s = grow(6000, "k" .. i % 10, "=v;")
    length = length + #s
    local _, count = s:gsub("\n", "")
    lines = lines + count
  end
  return length .. " " .. lines
end

return { name = "growing string", n = 21, run = run, expect = "631260 1260" }
