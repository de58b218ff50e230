-- Text justification: greedy lines, full justification, and least-squares line breaking.
local text = [[
The tides rise and fall twice a day because the moon pulls the near side of the
sea more than the middle of the earth, and the middle more than the far side. So
the water heaps up on both sides at once.

A sailor needs no theory: a table and a clock will do.
]]

local function paragraphs(s)
  return coroutine.wrap(function()
    for p in (s .. "\n\n"):gmatch("(.-)\n\n+") do
      local words = {}
      for w in p:gmatch("%S+") do words[#words + 1] = w end
      if #words > 0 then coroutine.yield(words) end
    end
  end)
end

local function greedy(words, width)
  local lines, line, length = {}, {}, -1
  for _, w in ipairs(words) do
    if length + 1 + #w > width and #line > 0 then
      lines[#lines + 1] = line
      line, length = {}, -1
    end
    line[#line + 1] = w
    length = length + 1 + #w
  end
  lines[#lines + 1] = line
  return lines
end

-- Minimizes the sum of squared empty space at line ends.
local function balanced(words, width)
  local best, from = { [#words + 1] = 0 }, {}
  for i = #words, 1, -1 do
    best[i] = math.huge
    local length = -1
    for j = i, #words do
      length = length + 1 + #words[j]
      if length > width and j > i then break end
      local waste = j == #words and 0 or (width - length) ^ 2
      if waste + best[j + 1] < best[i] then best[i], from[i] = waste + best[j + 1], j end
    end
  end
  local lines, i = {}, 1
  while i <= #words do
    lines[#lines + 1] = table.move(words, i, from[i], 1, {})
    i = from[i] + 1
  end
  return lines, best[1]
end

local function justify(line, width, last)
  if last or #line == 1 then return table.concat(line, " ") end
  local letters = 0
  for _, w in ipairs(line) do letters = letters + #w end
  local space, gaps = width - letters, #line - 1
  local out = {}
  for i, w in ipairs(line) do
    out[#out + 1] = w
    if i <= gaps then out[#out + 1] = (" "):rep(space // gaps + (i <= space % gaps and 1 or 0)) end
  end
  return table.concat(out)
end

local align = {
  left = function(line) return table.concat(line, " ") end,
  right = function(line, width) return ("%" .. width .. "s"):format(table.concat(line, " ")) end,
  center = function(line, width)
    local s = table.concat(line, " ")
    return (" "):rep((width - #s) // 2) .. s
  end,
  full = justify,
}

for _, width in ipairs { 30, 44 } do
  for _, kind in ipairs { "left", "right", "center", "full" } do
    print(("-- %s, %d"):format(kind, width))
    for words in paragraphs(text) do
      local lines = greedy(words, width)
      for i, line in ipairs(lines) do print("|" .. align[kind](line, width, i == #lines) .. "|") end
    end
  end
end
print("-- balanced, 34")
for words in paragraphs(text) do
  local lines, waste = balanced(words, 34)
  for i, line in ipairs(lines) do print("|" .. justify(line, 34, i == #lines) .. "|") end
  print("waste " .. waste)
end
print(#greedy({ "unbreakable-and-much-too-long", "x" }, 10), balanced({ "a", "b" }, 3)[1][2])
