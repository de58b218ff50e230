-- A value that is in its register before the variable that is to have it begins, and jumps in between: a hook that
-- collects garbage before such a jump leaves it alone.
local function either(a, b)
  local t = a == b or {a, {b}}
  return t
end
local function chain(a, b)
  local t = not a and {b} or a < b and {a, {"less"}} or a == b or {b, {"more"}}
  return t
end
local function field(a, b)
  local t = {x = a == b or {a}, y = a ~= b and {b} or a > b}
  return t
end
local function nested(a, b)
  return {(a == b or {a .. "!"}), #(a == b or {a, b}) + 1}
end
local function assigned(a, b)
  local t
  t = a == b or {a, {b}}
  t = a == b or {t, {b .. "?"}}
  return t
end

local function show(v)
  if type(v) ~= "table" then return tostring(v) end
  local parts = {}
  for i, item in ipairs(v) do parts[i] = show(item) end
  if v.x ~= nil then parts[#parts + 1] = "x=" .. show(v.x) .. " y=" .. show(v.y) end
  return "{" .. table.concat(parts, " ") .. "}"
end

local function hook()
  collectgarbage()
  local junk = {}
  for i = 1, 20 do junk[i] = {{"junk"}, "other junk " .. i} end
end
for i = 1, 4 do
  debug.sethook(hook, "", 1)
  local results = {either(i, i + 1), either(i, i), chain(i, i + 1), chain(i, i), chain(i, i - 1), chain(false, i),
    field(i, i + 1), field(i, i), nested(i, i + 1), assigned(i, i + 1)}
  debug.sethook()
  for _, r in ipairs(results) do io.write(show(r), " ") end
  print()
end
