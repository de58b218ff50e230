-- To a call hook, a function stands in its first instruction, and its parameters are there.
local function plain(x)
  local f = function(y)

    return y
  end
  return f(x)
end

local function varargs(...)


  return ...
end

local function named(a, b, ...rest)

  local c = rest[1]
  return c
end

local function captured(a)

  return function() return a end
end

local events = {}
local function hook(event)
  local i = debug.getinfo(2, "nSlu")
  if i.what ~= "Lua" then return end
  local line = event .. " " .. i.linedefined .. " at " .. i.currentline
  for k = 1, i.nparams do
    local name, value = debug.getlocal(2, k)
    line = line .. " " .. name .. "=" .. tostring(value)
  end
  events[#events + 1] = line
  if i.nparams > 0 and change then debug.setlocal(2, 1, change) end
end

local function run(...)
  events = {}
  debug.sethook(hook, "c")
  local a, b = plain(1), varargs(2)
  local c, d = named(3, 4, 5), captured(6)()
  debug.sethook()
  print(a, b, c, d)
  print(table.concat(events, "\n"))
end

run()
change = "changed"
run()
