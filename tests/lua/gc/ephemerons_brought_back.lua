-- A finalizer brings an object back; what hangs on the object in a table with weak keys is still there, however long the
-- chain, while other entries are gone.

local notes = setmetatable({}, { __mode = "k" })
local found = {}

local function finalizer(object)
  local text = {}
  while object do
    local note = notes[object]
    text[#text + 1] = note and note.text or "nothing"
    object = note and note.next
  end
  found[#found + 1] = table.concat(text, " ")
end

local function make(name, length)
  local head = setmetatable({}, { __gc = finalizer })
  local object = head
  for i = 1, length do
    local next_object = i < length and {} or nil
    notes[object] = { text = name .. i, next = next_object }
    object = next_object
  end
end

local function fill()
  local t
  for i = 1, 200 do t = { i, { tostring(i) } } end
  return t
end

for round = 1, 3 do
  make("a", 1)
  make("b", 5)
  make("c", 40)
  -- Keys that nothing brings back.
  for i = 1, 5 do notes[{}] = { text = "lost", next = {} } end
  fill()
  collectgarbage()
  fill()
  collectgarbage()
  table.sort(found)
  print(round, #found)
  for _, f in ipairs(found) do print(f) end
  found = {}
end

-- The table with weak keys itself is brought back, and tables that hang on its keys.
local function own_finalizer(object)
  local note = object.notes[object.key]
  local inner = note.notes[note.key]
  found[#found + 1] = note.text .. " " .. inner.text .. " " .. tostring(object.notes[object.other])
end

local function weak_keys()
  return setmetatable({}, { __mode = "k" })
end

for round = 1, 3 do
  for i = 1, 3 do
    local object = setmetatable({ notes = weak_keys(), key = {}, other = {} }, { __gc = own_finalizer })
    local inner = { text = "note " .. i, notes = weak_keys(), key = {} }
    inner.notes[inner.key] = { text = "inner " .. i }
    object.notes[object.key] = inner
  end
  fill()
  collectgarbage()
  fill()
  collectgarbage()
  table.sort(found)
  print(round, table.concat(found, "; "))
  found = {}
end

collectgarbage()
local left = 0
for _ in pairs(notes) do left = left + 1 end
print(left)
