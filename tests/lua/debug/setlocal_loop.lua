-- The control variable of a loop can be set, and the loop goes on from there; its count and step can't.
local function find(level, name)
  for i = 1, 100 do
    local n, v = debug.getlocal(level + 1, i)
    if n == name then return i, v end
    if not n then return end
  end
end
local function set(name, value)
  return debug.setlocal(2, find(2, name), value)
end
for i = 1, 3 do
  if i == 1 then print(set("i", 10)) end
  print(i)
end
for i = 10, 1, -4 do
  if i == 6 then print(set("i", 100)) end
  print(i)
end
-- Near the end of what fits a word, where a plain addition would spoil it.
for i = 1, 3 do
  if i == 2 then set("i", (1 << 47) - 1) end
  print(i, math.type(i))
end
for i = 1, 3 do
  if i == 2 then set("i", math.maxinteger) end
  print(i)
end
-- Loops that are stepped with all checks anyway.
for i = -1, 1 do
  if i == -1 then set("i", 5) end
  print(i)
end
for i = 0.5, 2 do
  if i == 0.5 then set("i", 1.25) end
  print(i)
end
-- A captured control variable: the body's closures see the change.
local seen = {}
for i = 1, 4 do
  local get = function() return i end
  if i == 2 then set("i", 7) end
  seen[#seen + 1] = i .. get()
end
print(table.concat(seen, " "))
-- By a hook, between any two instructions, whatever value the loop's registers have: none of this may do more than end
-- the loop with an error.
local function loop(step)
  local n = 0
  for i = 1, 1000, step do
    n = n + 1
    if n == 3 then return "end" end
  end
  return "over"
end
local names = {}
for _, value in ipairs { {}, "text", print, true, 1 << 60, 2.5, -1 } do
  for at = 1, 8 do
    for event = 1, 12 do
      local count = 0
      debug.sethook(function()
        if debug.getinfo(2, "f").func == loop then
          count = count + 1
          if count == event then names[debug.setlocal(2, at, value) or "none"] = true end
        end
      end, "", 1)
      pcall(loop, 2)
      debug.sethook()
    end
  end
end
print(names["i"], names["n"], names["(for state)"])
-- Nor without names.
local stripped = load(string.dump(loop, true))
for _, value in ipairs { {}, "text", 1 << 60, 2.5 } do
  for at = 1, 8 do
    for event = 1, 12 do
      local count = 0
      debug.sethook(function()
        if debug.getinfo(2, "f").func == stripped then
          count = count + 1
          if count == event then debug.setlocal(2, at, value) end
        end
      end, "", 1)
      pcall(stripped, 2)
      debug.sethook()
    end
  end
end
-- A coroutine waits in the loop.
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
local thread = coroutine.create(function() for i = 1, 5 do coroutine.yield(i) end return "done" end)
print(coroutine.resume(thread))
print(debug.setlocal(thread, 1, 3, 40))
print(coroutine.resume(thread))
print(coroutine.resume(thread))
