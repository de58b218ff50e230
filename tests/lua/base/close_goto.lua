-- To-be-closed variables and the functions of this library that deal with them.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local log = {}
local function res(name, fail)
  return setmetatable({ name = name }, { __close = function(self, err)
    log[#log + 1] = self.name .. (err ~= nil and ":" .. tostring(err) or "")
    if fail then error(fail, 0) end
  end, __tostring = function() return name end })
end
local function flush(...) print(table.concat(log, " "), ...) log = {} end

do
  local a <close> = res "a"
  local b <close> = res "b"
end
flush()
flush((function() local a <close> = res "a" return "value", "second" end)())
e(function() local a <close> = res "a" local b <close> = res "b" error("boom", 0) end)
flush()
e(function() local a <close> = res("a", "from a") local b <close> = res("b", "from b") error("first", 0) end)
flush()
e(function() local a <close> = res("a", "on normal exit") end)
flush()
for i = 1, 3 do
  local r <close> = res("r" .. i)
  if i == 2 then goto continue end
  log[#log + 1] = "body" .. i
  ::continue::
end
flush()
for i = 1, 3 do
  local r <close> = res("r" .. i)
  if i == 2 then break end
end
flush()
do
  local i = 0
  ::again::
  do
    local r <close> = res("g" .. i)
    i = i + 1
    if i < 3 then goto again end
  end
end
flush()

-- nil and false are accepted; anything else without __close is not.
do
  local n <close> = nil
  local f <close> = false
end
e(function() local x <close> = 42 end)
e(function() local x <close> = {} end)
e(function() local x <close> = "s" end)
e(function() local x <close> = setmetatable({}, { __close = 5 }) end)

-- The fourth value of a generic for is closed, whatever ends the loop.
local function iter(n, closer) return function(_, i) if i < n then return i + 1 end end, nil, 0, closer end
for i in iter(3, res "end") do log[#log + 1] = i end
flush()
for i in iter(3, res "break") do if i == 2 then break end log[#log + 1] = i end
flush()
e(function() for i in iter(3, res "error") do error("at " .. i, 0) end end)
flush()
flush((function() for i in iter(3, res "return") do return i end end)())

-- Coroutines: closing a suspended one closes its variables.
local co = coroutine.create(function()
  local r <close> = res "co"
  coroutine.yield(1)
end)
coroutine.resume(co)
flush(coroutine.close(co))
co = coroutine.create(function()
  local r <close> = res("co", "close failed")
  coroutine.yield(1)
end)
coroutine.resume(co)
flush(coroutine.close(co))
local w = coroutine.wrap(function()
  local r <close> = setmetatable({}, { __close = function() coroutine.yield("yield while closing") log[#log + 1] = "closed" end })
  return "result"
end)
print(w(), w())
flush()
print(load("local x <close>, y <close> = 1, 2", "=s"))
print(load("local x <close> = nil; x = 1", "=s"))
