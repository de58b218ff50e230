-- A simulation of a queueing system with a priority queue of events: runs for about a second.

local Queue = {}
Queue.__index = Queue
function Queue.new() return setmetatable({ size = 0, items = {} }, Queue) end
function Queue:push(time, action)
  local items, i = self.items, self.size + 1
  self.size = i
  local event = { time = time, action = action, serial = i }
  while i > 1 do
    local parent = math.floor(i / 2)
    if items[parent].time <= time then break end
    items[i] = items[parent]
    i = parent
  end
  items[i] = event
end
function Queue:pop()
  local items, n = self.items, self.size
  local top, last = items[1], items[n]
  items[n] = nil
  n = n - 1
  self.size = n
  local i = 1
  while true do
    local child = i * 2
    if child > n then break end
    if child < n and items[child + 1].time < items[child].time then child = child + 1 end
    if items[child].time >= last.time then break end
    items[i] = items[child]
    i = child
  end
  if n > 0 then items[i] = last end
  return top
end

local seed = 12345
local function random(n) seed = (seed * 16807) % 2147483647; return seed % n end

local queue, now = Queue.new(), 0
local servers, waiting, first = {}, {}, 1
local stats = { arrived = 0, served = 0, waited = 0, longest = 0 }
for i = 1, 5 do servers[i] = { id = i, busy = false, done = 0 } end

local function finish(server, customer)
  server.busy = false
  server.done = server.done + 1
  stats.served = stats.served + 1
end
local function start(server, customer)
  server.busy = true
  local wait = now - customer.arrival
  stats.waited = stats.waited + wait
  if wait > stats.longest then stats.longest = wait end
  queue:push(now + 20 + random(60), function() finish(server, customer) end)
end
local function dispatch()
  for _, server in ipairs(servers) do
    local customer = waiting[first]
    if not customer then return end
    if not server.busy then
      waiting[first] = nil
      first = first + 1
      start(server, customer)
    end
  end
end
local last = 0
local function arrive()
  stats.arrived = stats.arrived + 1
  last = last + 1
  waiting[last] = { arrival = now, number = stats.arrived }
  if stats.arrived < 200000 then queue:push(now + 1 + random(20), arrive) end
end

queue:push(0, arrive)
while queue.size > 0 do
  local event = queue:pop()
  now = event.time
  event.action()
  dispatch()
end
print(stats.arrived, stats.served, stats.waited, stats.longest, now)
for _, server in ipairs(servers) do print(server.id, server.done) end
