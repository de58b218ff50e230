-- A trie: insertion, prefix search, deletion, longest prefix, fuzzy search.
local Trie = {}
Trie.__index = Trie
function Trie.new() return setmetatable({ root = { children = {} }, size = 0 }, Trie) end

function Trie:insert(word, value)
  local node = self.root
  for c in word:gmatch(utf8.charpattern) do
    local child = node.children[c]
    if not child then
      child = { children = {} }
      node.children[c] = child
    end
    node = child
  end
  if not node.word then self.size = self.size + 1 end
  node.word, node.value = word, value
end

function Trie:node(prefix)
  local node = self.root
  for c in prefix:gmatch(utf8.charpattern) do
    node = node.children[c]
    if not node then return nil end
  end
  return node
end

function Trie:get(word)
  local node = self:node(word)
  if node and node.word then return node.value end
end

local function sortedKeys(t)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys)
  return keys
end

function Trie:each(prefix)
  return coroutine.wrap(function()
    local function walk(node)
      if node.word then coroutine.yield(node.word, node.value) end
      for _, c in ipairs(sortedKeys(node.children)) do walk(node.children[c]) end
    end
    local start = self:node(prefix or "")
    if start then walk(start) end
  end)
end

function Trie:delete(word)
  local path, node = {}, self.root
  for c in word:gmatch(utf8.charpattern) do
    path[#path + 1] = { node, c }
    node = node.children[c]
    if not node then return false end
  end
  if not node.word then return false end
  node.word, node.value = nil, nil
  self.size = self.size - 1
  for i = #path, 1, -1 do
    local parent, c = table.unpack(path[i])
    local child = parent.children[c]
    if child.word or next(child.children) then break end
    parent.children[c] = nil
  end
  return true
end

function Trie:longest(text)
  local node, best = self.root, nil
  for c in text:gmatch(utf8.charpattern) do
    node = node.children[c]
    if not node then break end
    best = node.word or best
  end
  return best
end

-- Words within an edit distance, by one row of the distance table per trie level.
function Trie:near(word, limit)
  local letters, found = {}, {}
  for c in word:gmatch(utf8.charpattern) do letters[#letters + 1] = c end
  local function walk(node, c, above)
    local row = { [0] = above[0] + 1 }
    local smallest = row[0]
    for i = 1, #letters do
      row[i] = math.min(row[i - 1] + 1, above[i] + 1, above[i - 1] + (letters[i] == c and 0 or 1))
      smallest = math.min(smallest, row[i])
    end
    if node.word and row[#letters] <= limit then found[#found + 1] = node.word .. ":" .. row[#letters] end
    if smallest <= limit then for k, child in pairs(node.children) do walk(child, k, row) end end
  end
  local first = {}
  for i = 0, #letters do first[i] = i end
  for c, child in pairs(self.root.children) do walk(child, c, first) end
  table.sort(found)
  return table.concat(found, " ")
end

local function count(node)
  local n = 1
  for _, child in pairs(node.children) do n = n + count(child) end
  return n
end
local function list(trie, prefix)
  local out = {}
  for w in trie:each(prefix) do out[#out + 1] = w end
  return table.concat(out, " ")
end

local t = Trie.new()
for i, w in ipairs { "moon", "moonlight", "month", "mood", "more", "sea", "season", "seam", "tide", "tidal", "año", "añil", "a", "" } do t:insert(w, i) end
print(t.size, count(t.root))
print(list(t))
for _, p in ipairs { "mo", "moon", "sea", "x", "añ", "tid" } do print(p, list(t, p)) end
print(t:get "moon", t:get "moo", t:get "", t:get "año", t:get "seasons")
t:insert("moon", "changed")
print(t.size, t:get "moon")
print(t:longest "moonlighting", t:longest "seaside", t:longest "xyz", t:longest "mo")
for _, w in ipairs { "mon", "see", "tied", "ano" } do print(w, t:near(w, 1), "|", t:near(w, 2)) end
print(t:delete "moon", t:delete "moon", t:delete "nope", t:delete "moonlight", t:delete "", t.size, count(t.root))
print(list(t, "moo"), list(t, "m"))
for _, w in ipairs { "mood", "month", "more", "sea", "season", "seam", "tide", "tidal", "año", "añil", "a" } do t:delete(w) end
print(t.size, count(t.root), next(t.root.children))
