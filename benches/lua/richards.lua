-- An operating-system kernel in miniature: tasks of four kinds exchange packets, and a
-- scheduler picks the next by priority and state.
local floor = math.floor
local bits = rawget(_G, "bit32") or rawget(_G, "bit")
local xor = bits and bits.bxor or load("return function(a, b) return a ~ b end")()

local WORK, DEVICE = 1, 2
local READY, WAITING, HELD = 0, 1, 2

local Scheduler = {}
Scheduler.__index = Scheduler

local function packet(link, kind, origin)
  return { link = link, kind = kind, origin = origin, at = 1, data = { 0, 0, 0, 0 } }
end

local function append(item, list)
  item.link = nil
  if not list then return item end
  local last = list
  while last.link do last = last.link end
  last.link = item
  return list
end

function Scheduler.new()
  return setmetatable({ tasks = {}, order = nil, queued = 0, holds = 0, switches = 0 }, Scheduler)
end

function Scheduler:add(id, priority, input, state, step)
  local task = { id = id, priority = priority, input = input, state = state, step = step, next = self.order }
  self.tasks[id] = task
  self.order = task
end

function Scheduler:send(item, to)
  local task = self.tasks[to]
  self.queued = self.queued + 1
  local wasEmpty = task.input == nil
  task.input = append(item, task.input)
  if task.state == WAITING and wasEmpty then
    task.state = READY
    if task.priority > self.current.priority then return task end
  end
  return self.current
end

function Scheduler:wait()
  self.current.state = WAITING
  return self.current
end

function Scheduler:hold()
  self.holds = self.holds + 1
  self.current.state = HELD
  return self.current.next
end

function Scheduler:release(id)
  local task = self.tasks[id]
  if task.state == HELD then task.state = READY end
  if task.priority > self.current.priority then return task end
  return self.current
end

function Scheduler:loop()
  local task = self.order
  while task do
    if task.state == HELD or task.state == WAITING and not task.input then
      task = task.next
    else
      self.current = task
      local item = nil
      if task.state == WAITING then
        item = task.input
        task.input = item.link
        task.state = READY
      end
      self.switches = self.switches + 1
      task = task.step(item)
    end
  end
end

local IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = 1, 2, 3, 4, 5, 6

local function idle(kernel, rounds)
  local control, left = 1, rounds
  return function()
    left = left - 1
    if left == 0 then return kernel:hold() end
    if control % 2 == 0 then
      control = floor(control / 2)
      return kernel:release(DEVICE_A)
    end
    control = xor(floor(control / 2), 0xD008)
    return kernel:release(DEVICE_B)
  end
end

local function worker(kernel)
  local to, letter = HANDLER_A, 0
  return function(item)
    if not item then return kernel:wait() end
    to = to == HANDLER_A and HANDLER_B or HANDLER_A
    item.origin, item.at = to, 1
    for i = 1, 4 do
      letter = letter % 26 + 1
      item.data[i] = letter
    end
    return kernel:send(item, to)
  end
end

local function handler(kernel, device)
  local works, devices = nil, nil
  return function(item)
    if item then
      if item.kind == WORK then works = append(item, works) else devices = append(item, devices) end
    end
    local work = works
    if work then
      if work.at > 4 then
        works = work.link
        work.link = nil
        return kernel:send(work, WORKER)
      end
      local spare = devices
      if spare then
        devices = spare.link
        spare.at = work.data[work.at]
        spare.link = nil
        work.at = work.at + 1
        return kernel:send(spare, device)
      end
    end
    return kernel:wait()
  end
end

local function device(kernel, home)
  local pending = nil
  return function(item)
    if item then
      pending = item
      return kernel:hold()
    end
    local done = pending
    if not done then return kernel:wait() end
    pending = nil
    return kernel:send(done, home)
  end
end

local function run(n)
  local result
  for _ = 1, n do
    local kernel = Scheduler.new()
    kernel:add(IDLE, 0, nil, READY, idle(kernel, 5000))
    kernel:add(WORKER, 1000, packet(packet(nil, WORK, 0), WORK, 0), WAITING, worker(kernel))
    for k, pair in ipairs { { HANDLER_A, DEVICE_A }, { HANDLER_B, DEVICE_B } } do
      local spare = nil
      for _ = 1, 3 do spare = packet(spare, DEVICE, pair[2]) end
      kernel:add(pair[1], 1000 + 1000 * k, spare, WAITING, handler(kernel, pair[2]))
    end
    kernel:add(DEVICE_A, 4000, nil, WAITING, device(kernel, HANDLER_A))
    kernel:add(DEVICE_B, 5000, nil, WAITING, device(kernel, HANDLER_B))
    kernel:loop()
    result = kernel.queued .. " " .. kernel.holds .. " " .. kernel.switches
  end
  return result
end

return { name = "richards", n = 16, run = run, expect = "11544 4617 39803" }
