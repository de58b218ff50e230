-- An event system of closures: priorities, one-shot handlers, wildcards, removal while emitting.
local Emitter = {}
Emitter.__index = Emitter

function Emitter.new() return setmetatable({ handlers = {}, serial = 0, depth = 0 }, Emitter) end

function Emitter:on(name, handler, options)
  options = options or {}
  local list = self.handlers[name] or {}
  self.serial = self.serial + 1
  local entry = { handler = handler, priority = options.priority or 0, once = options.once, serial = self.serial, active = true }
  self.handlers[name] = list
  list[#list + 1] = entry
  table.sort(list, function(a, b)
    if a.priority ~= b.priority then return a.priority > b.priority end
    return a.serial < b.serial
  end)
  return function() entry.active = false end
end

function Emitter:once(name, handler) return self:on(name, handler, { once = true }) end

local function sweep(list)
  local kept = 0
  for i = 1, #list do
    local entry = list[i]
    list[i] = nil
    if entry.active then
      kept = kept + 1
      list[kept] = entry
    end
  end
end

function Emitter:emit(name, ...)
  local called = 0
  self.depth = self.depth + 1
  for _, key in ipairs { name, "*" } do
    for _, entry in ipairs(table.move(self.handlers[key] or {}, 1, #(self.handlers[key] or {}), 1, {})) do
      if entry.active then
        if entry.once then entry.active = false end
        called = called + 1
        local stop
        if key == "*" then stop = entry.handler(name, ...) else stop = entry.handler(...) end
        if stop == "stop" then goto finished end
      end
    end
  end
  ::finished::
  self.depth = self.depth - 1
  if self.depth == 0 then for _, list in pairs(self.handlers) do sweep(list) end end
  return called
end

local log = {}
local function note(...) log[#log + 1] = table.concat({ ... }, ":") end
local function flush(label) print(label, table.concat(log, " ")) log = {} end
local bus = Emitter.new()

bus:on("tide", function(h) note("low", h) end)
bus:on("tide", function(h) note("high", h) end, { priority = 10 })
bus:on("tide", function(h) note("same", h) end)
bus:once("tide", function(h) note("once", h) end)
print(bus:emit("tide", 1), bus:emit("tide", 2), bus:emit "nobody")
flush "priorities"

local off = bus:on("moon", function() note "gone" end)
bus:on("moon", function(...) note("stays", select("#", ...)) end)
bus:emit("moon", nil, nil)
off()
bus:emit "moon"
off()
print(#bus.handlers.moon)
flush "removal"

-- Handlers that add, remove and emit while an emission is running.
local remove
remove = bus:on("self", function(n)
  note("self", n)
  if n == 1 then
    remove()
    bus:on("self", function(m) note("late", m) end)
    bus:emit("self", 2)
  end
end)
bus:on("self", function(n) note("second", n) end)
bus:emit("self", 1)
bus:emit("self", 3)
flush "reentrant"

bus:on("*", function(name, ...) note("any", name, select("#", ...)) end)
bus:on("guarded", function(v) if v < 0 then note "blocked" return "stop" end note("ok", v) end, { priority = 1 })
bus:on("guarded", function(v) note("work", v) end)
print(bus:emit("guarded", 5), bus:emit("guarded", -5))
flush "stopping"

-- Each closure has its own upvalues; shared ones are shared.
local function counter(name)
  local n = 0
  return function() n = n + 1 return name .. n end, function() return n end
end
local inc, get = counter "a"
local inc2, get2 = counter "b"
for _ = 1, 3 do bus:on("count", inc) end
bus:on("count", inc2)
bus:emit "count"
bus:emit "count"
print(get(), get2(), inc(), inc2())
log = {}
local collected = {}
for i = 1, 3 do bus:on("loop", function() collected[#collected + 1] = i end, { priority = -i % 2 }) end
bus:emit "loop"
print(table.concat(collected, " "))
print(pcall(function() bus:on("bad", function() error("handler failed", 0) end) bus:emit "bad" end))
