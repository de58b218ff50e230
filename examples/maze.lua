-- Carves a maze by randomized depth-first search, then solves it with A*.
--
-- The maze is a flat array of wall bits, one integer per cell. The open set of A* is a
-- binary heap of cells ordered by cost so far plus Manhattan distance to the goal.
--
--   lua examples/maze.lua [width] [height] [seed]

global<const> print, ipairs, setmetatable, tonumber, arg
global<const> table, math, string

local width <const> = tonumber(arg and arg[1]) or 36
local height <const> = tonumber(arg and arg[2]) or 14
local EAST <const>, SOUTH <const>, SEEN <const> = 1, 2, 4

-- A generator of our own: the maze of one seed is then the same on every system.
local state = tonumber(arg and arg[3]) or 2026
local function random(limit)
  state = (state * 6364136223846793005 + 1442695040888963407)
  return (state >> 33) % limit + 1
end

local function cell(x, y) return y * width + x + 1 end
local function place(c) return (c - 1) % width, (c - 1) // width end

local function carve()
  local cells = table.create(width * height)
  for i = 1, width * height do cells[i] = EAST | SOUTH end
  local trail = { cell(0, 0) }
  cells[1] = cells[1] | SEEN
  while #trail > 0 do
    local here = trail[#trail]
    local x, y = place(here)
    local choices = {}
    local function offer(nx, ny)
      if nx < 0 or ny < 0 or nx >= width or ny >= height then return end
      local there = cell(nx, ny)
      if cells[there] & SEEN == 0 then choices[#choices + 1] = there end
    end
    offer(x + 1, y) offer(x - 1, y) offer(x, y + 1) offer(x, y - 1)
    if #choices == 0 then
      trail[#trail] = nil
    else
      local there = choices[random(#choices)]
      -- The wall between two cells belongs to the western or northern one.
      local owner = math.min(here, there)
      local wall = math.abs(here - there) == 1 and EAST or SOUTH
      cells[owner] = cells[owner] & ~wall
      cells[there] = cells[there] | SEEN
      trail[#trail + 1] = there
    end
  end
  return cells
end

local Heap = {}
Heap.__index = Heap

function Heap.new() return setmetatable({ size = 0, items = {}, keys = {} }, Heap) end

function Heap:push(item, key)
  local items, keys = self.items, self.keys
  self.size = self.size + 1
  local at = self.size
  while at > 1 and keys[at // 2] > key do
    items[at], keys[at] = items[at // 2], keys[at // 2]
    at = at // 2
  end
  items[at], keys[at] = item, key
end

function Heap:pop()
  local items, keys, size = self.items, self.keys, self.size
  local first, item, key = items[1], items[size], keys[size]
  items[size], keys[size] = nil, nil
  size = size - 1
  self.size = size
  if size == 0 then return first end
  local at = 1
  while 2 * at <= size do
    local child = 2 * at
    if child < size and keys[child + 1] < keys[child] then child = child + 1 end
    if keys[child] >= key then break end
    items[at], keys[at] = items[child], keys[child]
    at = child
  end
  items[at], keys[at] = item, key
  return first
end

local function neighbours(cells, here)
  local x = place(here)
  local open = {}
  if x < width - 1 and cells[here] & EAST == 0 then open[#open + 1] = here + 1 end
  if x > 0 and cells[here - 1] & EAST == 0 then open[#open + 1] = here - 1 end
  if here + width <= #cells and cells[here] & SOUTH == 0 then open[#open + 1] = here + width end
  if here > width and cells[here - width] & SOUTH == 0 then open[#open + 1] = here - width end
  return open
end

local function solve(cells, start, goal)
  local goalX <const>, goalY <const> = place(goal)
  local cost, from, frontier, visited = { [start] = 0 }, {}, Heap.new(), 0
  frontier:push(start, 0)
  while frontier.size > 0 do
    local here = frontier:pop()
    visited = visited + 1
    if here == goal then break end
    for _, there in ipairs(neighbours(cells, here)) do
      local reached = cost[here] + 1
      if reached < (cost[there] or math.huge) then
        local x, y = place(there)
        cost[there], from[there] = reached, here
        frontier:push(there, reached + math.abs(goalX - x) + math.abs(goalY - y))
      end
    end
  end
  local path, at = {}, goal
  while at do
    path[at], at = true, from[at]
  end
  return path, cost[goal], visited
end

local function draw(cells, path)
  print("+" .. ("--+"):rep(width))
  for y = 0, height - 1 do
    local row, under = { "|" }, { "+" }
    for x = 0, width - 1 do
      local c = cell(x, y)
      local here, east = path[c], path[c + 1]
      local wallEast, wallSouth = cells[c] & EAST ~= 0, cells[c] & SOUTH ~= 0
      row[#row + 1] = here and "██" or "  "
      row[#row + 1] = wallEast and "|" or (here and east and "█" or " ")
      under[#under + 1] = wallSouth and "--" or (here and path[c + width] and "██" or "  ")
      under[#under + 1] = "+"
    end
    print(table.concat(row))
    print(table.concat(under))
  end
end

local cells = carve()
local goal <const> = cell(width - 1, height - 1)
local path, steps, visited = solve(cells, cell(0, 0), goal)
draw(cells, path)
print(string.format("%d steps; A* looked at %d of %d cells", steps, visited, #cells))
