-- A* on a grid with obstacles: tables as queues and records, closures as heuristics.
local floor = math.floor

local function grid(size, seed)
  local walls = {}
  for i = 1, size * size do
    seed = (seed * 48271) % 2147483647
    walls[i] = seed % 10 < 3
  end
  walls[1], walls[size * size] = false, false
  return walls
end

local Queue = {}
Queue.__index = Queue
function Queue:push(node)
  local heap = self.heap
  local at = #heap + 1
  heap[at] = node
  while at > 1 do
    local parent = floor(at / 2)
    if heap[parent].f <= node.f then break end
    heap[at], heap[parent] = heap[parent], node
    at = parent
  end
end
function Queue:pop()
  local heap = self.heap
  local top, node = heap[1], heap[#heap]
  heap[#heap] = nil
  local size, at = #heap, 1
  if size == 0 then return top end
  while true do
    local child = 2 * at
    if child > size then break end
    if child < size and heap[child + 1].f < heap[child].f then child = child + 1 end
    if heap[child].f >= node.f then break end
    heap[at] = heap[child]
    at = child
  end
  heap[at] = node
  return top
end

local function search(walls, size, estimate)
  local best, queue = { 0 }, setmetatable({ heap = {} }, Queue)
  queue:push { cell = 1, g = 0, f = 0 }
  local goal, visited = size * size, 0
  while #queue.heap > 0 do
    local node = queue:pop()
    local cell = node.cell
    if cell == goal then return node.g, visited end
    if node.g == best[cell] then
      visited = visited + 1
      local column = (cell - 1) % size
      for direction = 1, 4 do
        local next = direction == 1 and column < size - 1 and cell + 1 or direction == 2 and column > 0 and cell - 1
          or direction == 3 and cell + size or direction == 4 and cell - size or 0
        if walls[next] == false then
          local g = node.g + 1
          if g < (best[next] or math.huge) then
            best[next] = g
            queue:push { cell = next, g = g, f = g + estimate(next), parent = node }
          end
        end
      end
    end
  end
  return -1, visited
end

local function run(n)
  local size = 60
  local function manhattan(cell)
    return (size - 1 - (cell - 1) % size) + (size - 1 - floor((cell - 1) / size))
  end
  local length, visited, found = 0, 0, 0
  for i = 1, n do
    local steps, seen = search(grid(size, i * 7919), size, manhattan)
    if steps > 0 then found, length = found + 1, length + steps end
    visited = visited + seen
  end
  return found .. " " .. length .. " " .. visited
end

return { name = "astar", n = 120, run = run, expect = "56 6716 109282" }
