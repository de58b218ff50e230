-- A binary heap as priority queue: a simulation that pushes and pops timed events.
local floor = math.floor

local function push(heap, size, key, value)
  size = size + 1
  local keys, values = heap.keys, heap.values
  local at = size
  while at > 1 do
    local parent = floor(at / 2)
    if keys[parent] <= key then break end
    keys[at], values[at] = keys[parent], values[parent]
    at = parent
  end
  keys[at], values[at] = key, value
  return size
end

local function pop(heap, size)
  local keys, values = heap.keys, heap.values
  local topKey, topValue = keys[1], values[1]
  local key, value = keys[size], values[size]
  keys[size], values[size] = nil, nil
  size = size - 1
  local at = 1
  while 2 * at <= size do
    local child = 2 * at
    if child < size and keys[child + 1] < keys[child] then child = child + 1 end
    if keys[child] >= key then break end
    keys[at], values[at] = keys[child], values[child]
    at = child
  end
  if size > 0 then keys[at], values[at] = key, value end
  return size, topKey, topValue
end

local function run(n)
  local heap, size, seed = { keys = {}, values = {} }, 0, 7
  local function random()
    seed = (seed * 48271) % 2147483647
    return seed
  end
  for i = 1, 1000 do size = push(heap, size, random() % 10000, i) end
  local check = 0
  for _ = 1, n do
    local key, value
    size, key, value = pop(heap, size)
    check = (check * 33 + key + value) % 4294967296
    size = push(heap, size, key + 1 + random() % 10000, value)
  end
  return check .. " " .. size
end

return { name = "heap", n = 210000, run = run, expect = "1598226384 1000" }
