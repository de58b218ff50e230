-- Knight's tours by Warnsdorff's rule with backtracking, and shortest knight paths.
local jumps <const> = { { 1, 2 }, { 2, 1 }, { 2, -1 }, { 1, -2 }, { -1, -2 }, { -2, -1 }, { -2, 1 }, { -1, 2 } }

local function neighbours(width, height)
  local out = {}
  for y = 0, height - 1 do
    for x = 0, width - 1 do
      local list = {}
      for _, j in ipairs(jumps) do
        local nx, ny = x + j[1], y + j[2]
        if nx >= 0 and nx < width and ny >= 0 and ny < height then list[#list + 1] = ny * width + nx end
      end
      out[y * width + x] = list
    end
  end
  return out
end

local function tour(width, height, start, closed, limit)
  local around = neighbours(width, height)
  local order, steps = {}, 0
  local function degree(square)
    local n = 0
    for _, next in ipairs(around[square]) do if not order[next] then n = n + 1 end end
    return n
  end
  local function visit(square, number)
    steps = steps + 1
    if steps > limit then error("limit", 0) end
    order[square] = number
    if number == width * height then
      if not closed then return true end
      for _, next in ipairs(around[square]) do if next == start then return true end end
    else
      local choices = {}
      for _, next in ipairs(around[square]) do
        if not order[next] then choices[#choices + 1] = { next, degree(next) } end
      end
      table.sort(choices, function(a, b)
        if a[2] ~= b[2] then return a[2] < b[2] end
        return a[1] < b[1]
      end)
      for _, choice in ipairs(choices) do
        if visit(choice[1], number + 1) then return true end
      end
    end
    order[square] = nil
    return false
  end
  local ok, found = pcall(visit, start, 1)
  if not ok then return nil, found, steps end
  return found and order or nil, found, steps
end

local function valid(order, width, height)
  local place = {}
  for square, number in pairs(order) do place[number] = square end
  for i = 2, width * height do
    local dx = math.abs(place[i] % width - place[i - 1] % width)
    local dy = math.abs(place[i] // width - place[i - 1] // width)
    if dx * dy ~= 2 then return false end
  end
  return #place == width * height
end

local function draw(order, width, height)
  for y = 0, height - 1 do
    local row = {}
    for x = 0, width - 1 do row[x + 1] = ("%3d"):format(order[y * width + x]) end
    print(table.concat(row))
  end
end

for _, size in ipairs { { 5, 5 }, { 6, 6 }, { 8, 8 }, { 3, 4 }, { 7, 5 } } do
  local w, h = table.unpack(size)
  local order, _, steps = tour(w, h, 0, false, 50000)
  print(w .. "x" .. h, order and valid(order, w, h), steps)
  if order and w < 7 then draw(order, w, h) end
end
print("4x4", tour(4, 4, 0, false, 50000))
print("3x3", tour(3, 3, 4, false, 50000))
print("5x5 from an odd square", select(2, tour(5, 5, 1, false, 2000)))
local ring, _, steps = tour(6, 6, 0, true, 3000)
print("6x6 closed", ring and valid(ring, 6, 6), steps)

-- Distances from a corner, breadth first.
local around = neighbours(8, 8)
local distance, queue, first = { [0] = 0 }, { 0 }, 1
while queue[first] do
  local square = queue[first]
  first = first + 1
  for _, next in ipairs(around[square]) do
    if not distance[next] then
      distance[next] = distance[square] + 1
      queue[#queue + 1] = next
    end
  end
end
for y = 0, 7 do
  local row = {}
  for x = 0, 7 do row[x + 1] = distance[y * 8 + x] end
  print(table.concat(row, " "))
end
