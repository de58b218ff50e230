-- Shortest paths on a weighted graph, with a binary heap that supports decrease-key.
local Heap = {}
Heap.__index = Heap
function Heap.new() return setmetatable({ items = {}, place = {}, key = {} }, Heap) end
function Heap:__len() return #self.items end
function Heap:swap(i, j)
  local items, place = self.items, self.place
  items[i], items[j] = items[j], items[i]
  place[items[i]], place[items[j]] = i, j
end
function Heap:less(i, j)
  local a, b = self.items[i], self.items[j]
  if self.key[a] ~= self.key[b] then return self.key[a] < self.key[b] end
  return a < b
end
function Heap:up(i)
  while i > 1 and self:less(i, i // 2) do
    self:swap(i, i // 2)
    i = i // 2
  end
end
function Heap:put(item, key)
  if not self.place[item] then
    self.items[#self.items + 1] = item
    self.place[item] = #self.items
  end
  self.key[item] = key
  self:up(self.place[item])
end
function Heap:pop()
  local top = self.items[1]
  self:swap(1, #self.items)
  self.items[#self.items], self.place[top] = nil, nil
  local i = 1
  while true do
    local child = 2 * i
    if child > #self.items then break end
    if child < #self.items and self:less(child + 1, child) then child = child + 1 end
    if not self:less(child, i) then break end
    self:swap(i, child)
    i = child
  end
  return top, self.key[top]
end

local function shortest(graph, from)
  local distance, previous, heap, done = { [from] = 0 }, {}, Heap.new(), {}
  heap:put(from, 0)
  while #heap > 0 do
    local node, d = heap:pop()
    done[node] = true
    for _, edge in ipairs(graph[node] or {}) do
      local to, cost = edge[1], d + edge[2]
      if not done[to] and cost < (distance[to] or math.huge) then
        distance[to], previous[to] = cost, node
        heap:put(to, cost)
      end
    end
  end
  return distance, previous
end

local function path(previous, to)
  local out = { to }
  while previous[out[1]] do table.insert(out, 1, previous[out[1]]) end
  return table.concat(out, " > ")
end

local graph = {}
local function edge(a, b, cost)
  graph[a], graph[b] = graph[a] or {}, graph[b] or {}
  table.insert(graph[a], { b, cost })
  table.insert(graph[b], { a, cost })
end
edge("Imbrium", "Serenity", 7) edge("Serenity", "Tranquility", 4) edge("Tranquility", "Nectar", 5) edge("Imbrium", "Vapors", 5)
edge("Vapors", "Tranquility", 6) edge("Imbrium", "Storms", 9) edge("Storms", "Humors", 8) edge("Humors", "Clouds", 3)
edge("Clouds", "Vapors", 9) edge("Nectar", "Fecundity", 4) edge("Serenity", "Crises", 8) edge("Crises", "Fecundity", 6) edge("Cold", "Ingenuity", 1)
local distance, previous = shortest(graph, "Imbrium")
local names = {}
for name in pairs(graph) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do print(name, distance[name], distance[name] and path(previous, name)) end

-- A grid with prices, against Bellman-Ford.
local size, seed = 12, 5
local grid, prices = {}, {}
for i = 1, size * size do
  seed = (seed * 48271) % 2147483647
  prices[i] = seed % 9 + 1
end
for i = 1, size * size do
  grid[i] = {}
  for _, step in ipairs { i % size ~= 0 and 1 or 0, i % size ~= 1 and -1 or 0, size, -size } do
    if step ~= 0 and prices[i + step] then table.insert(grid[i], { i + step, prices[i + step] }) end
  end
end
local fast = shortest(grid, 1)
local slow, changed = { 0 }, true
while changed do
  changed = false
  for i = 1, size * size do
    for _, e in ipairs(grid[i]) do
      local cost = (slow[i] or math.huge) + e[2]
      if cost < (slow[e[1]] or math.huge) then slow[e[1]], changed = cost, true end
    end
  end
end
local same = true
for i = 1, size * size do same = same and fast[i] == slow[i] end
print(fast[size * size], same)
