-- A text adventure that plays itself, run by a scheduler of coroutines.
--
-- Everybody in the story is a coroutine: the keeper, the storm, the ship. They never call
-- each other. They wait for time to pass or for a message, and the scheduler decides who
-- goes on. A lantern is a to-be-closed variable: whatever ends its scope – return, error,
-- or the scheduler closing the coroutine – puts it out.

local Scheduler = {}
Scheduler.__index = Scheduler

function Scheduler.new()
  return setmetatable({ now = 0, tasks = {}, boxes = {} }, Scheduler)
end

function Scheduler:spawn(name, body, ...)
  local task = { name = name, thread = coroutine.create(body), wake = self.now, values = table.pack(...) }
  self.tasks[#self.tasks + 1] = task
  return task
end

-- What a task may ask of the scheduler: each request is one yield.
local function sleep(ticks) coroutine.yield("sleep", ticks) end
local function receive(box, patience) return coroutine.yield("receive", box, patience) end

function Scheduler:send(box, message)
  for _, task in ipairs(self.tasks) do
    if task.waiting == box then
      task.waiting, task.wake, task.values = nil, self.now, table.pack(message)
      return
    end
  end
  local queue = self.boxes[box] or {}
  self.boxes[box] = queue
  queue[#queue + 1] = message
end

function Scheduler:log(...parts)
  print(string.format("%3d  %s", self.now, table.concat(parts, " ", 1, parts.n)))
end

local function serve(self, task, request, what, patience)
  if request == "sleep" then
    task.wake, task.values = self.now + what, table.pack()
    return
  end
  local queue = self.boxes[what]
  if queue and queue[1] then
    task.wake, task.values = self.now, table.pack(table.remove(queue, 1))
  else
    -- Waking with no value is what a task sees when its patience ran out.
    task.waiting, task.values = what, table.pack()
    task.wake = patience and self.now + patience or math.huge
  end
end

function Scheduler:resume(index)
  local task = self.tasks[index]
  task.waiting = nil
  local ok, request, what, patience = coroutine.resume(task.thread, table.unpack(task.values, 1, task.values.n))
  if coroutine.status(task.thread) ~= "dead" then
    serve(self, task, request, what, patience)
    return
  end
  table.remove(self.tasks, index)
  if not ok then
    coroutine.close(task.thread)
    self:log("** " .. task.name .. ": " .. tostring(request))
  end
end

function Scheduler:run(limit)
  while #self.tasks > 0 do
    local best = 1
    for i, task in ipairs(self.tasks) do
      if task.wake < self.tasks[best].wake then best = i end
    end
    local wake = self.tasks[best].wake
    if wake == math.huge or wake > limit then break end
    self.now = math.max(self.now, wake)
    self:resume(best)
  end
  self:log("the story ends; still waiting:")
  for _, task in ipairs(self.tasks) do
    self:log("  " .. task.name)
    coroutine.close(task.thread)
  end
end

local world <const> = Scheduler.new()

local function lantern(owner, oil)
  world:log(owner, "lights a lantern.")
  return setmetatable({ oil = oil }, {
    __close = function(self, reason)
      world:log(owner .. "'s lantern goes out" .. (reason and " (" .. tostring(reason) .. ")" or "") .. ",",
        self.oil, "oil left.")
    end,
  })
end

local function storm()
  local moods <const> = { "Clouds gather.", "Rain.", "Thunder; the sea climbs the rocks.", "The wind turns." }
  for strength, mood in ipairs(moods) do
    world:log(mood)
    world:send("weather", strength)
    sleep(4)
  end
  world:send("weather", 0)
  world:log("Stars, all at once.")
end

local function keeper()
  local light <close> = lantern("the keeper", 9)
  while true do
    local strength = receive("weather", 6)
    if strength == nil then
      world:log("The keeper listens. Nothing. He writes one line in his book.")
      return
    elseif strength == 0 then
      goto calm
    elseif strength >= 2 then
      light.oil = light.oil - strength
      world:log("The keeper turns the great lamp,", strength, "times.")
      for turn = 1, strength do
        world:send("beam", turn)
        sleep(1)
      end
    end
    ::calm::
  end
end

local function ship(name, hull)
  local light <close> = lantern(name, 3)
  while true do
    local beam = receive("beam", 3)
    if beam then
      world:log(name, "sees the beam and bears away.")
      light.oil = light.oil - 1
      if light.oil == 0 then
        world:log(name, "is in the harbour.")
        return
      end
    else
      hull = hull - 1
      world:log(name, "drifts in the dark; planks left:", hull)
      if hull == 0 then error("lost on the reef", 0) end
    end
  end
end

local function gull()
  local light <close> = lantern("the gull", 1)
  while receive("fish") do light.oil = light.oil + 1 end
end

world:spawn("storm", storm)
world:spawn("keeper", keeper)
world:spawn("Pilgrim", ship, "the Pilgrim", 4)
world:spawn("Wanderer", ship, "the Wanderer", 1)
world:spawn("gull", gull)
world:run(60)
