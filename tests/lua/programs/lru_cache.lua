-- A least-recently-used cache: a hash for look-up, a doubly linked list for age.
local Cache = {}
Cache.__index = Cache

function Cache.new(capacity, onEvict)
  local head, tail = {}, {}
  head.next, tail.previous = tail, head
  return setmetatable({ capacity = capacity, size = 0, nodes = {}, head = head, tail = tail, hits = 0, misses = 0, onEvict = onEvict }, Cache)
end

local function unlink(node) node.previous.next, node.next.previous = node.next, node.previous end
local function link(self, node)
  node.next, node.previous = self.head.next, self.head
  self.head.next.previous = node
  self.head.next = node
end

function Cache:get(key)
  local node = self.nodes[key]
  if not node then
    self.misses = self.misses + 1
    return nil
  end
  self.hits = self.hits + 1
  unlink(node)
  link(self, node)
  return node.value
end

function Cache:put(key, value)
  local node = self.nodes[key]
  if node then
    node.value = value
    unlink(node)
  else
    if self.size == self.capacity then self:delete(self.tail.previous.key, true) end
    node = { key = key, value = value }
    self.nodes[key] = node
    self.size = self.size + 1
  end
  link(self, node)
end

function Cache:delete(key, evicted)
  local node = self.nodes[key]
  if not node then return false end
  unlink(node)
  self.nodes[key] = nil
  self.size = self.size - 1
  if evicted and self.onEvict then self.onEvict(key, node.value) end
  return true
end

-- From the newest to the oldest.
function Cache:__pairs()
  local node = self.head
  return function()
    node = node.next
    if node ~= self.tail then return node.key, node.value end
  end
end
function Cache:__len() return self.size end
function Cache:__tostring()
  local out = {}
  for k, v in pairs(self) do out[#out + 1] = tostring(k) .. "=" .. tostring(v) end
  return "{" .. table.concat(out, " ") .. "}"
end

local evicted = {}
local c = Cache.new(3, function(k, v) evicted[#evicted + 1] = k .. "=" .. v end)
c:put("a", 1) c:put("b", 2) c:put("c", 3)
print(c, #c)
print(c:get "a", c)
c:put("d", 4)
print(c, table.concat(evicted, " "), c:get "b")
c:put("c", 33)
print(c, c:get "c")
print(c:delete "a", c:delete "a", c, #c)
c:put("e", 5) c:put("f", 6) c:put("g", 7)
print(c, table.concat(evicted, " "), c.hits, c.misses)

-- Against a slow model with the same rules, over a long random history.
local seed = 7
local function random(n) seed = (seed * 16807) % 2147483647 return seed % n end
local cache, model, different = Cache.new(8), {}, 0
for step = 1, 3000 do
  local key = "k" .. random(14)
  local at
  for i, e in ipairs(model) do if e[1] == key then at = i break end end
  local entry = at and table.remove(model, at)
  local action = random(10)
  if action < 5 then
    if cache:get(key) ~= (entry and entry[2]) then different = different + 1 end
    if entry then table.insert(model, 1, entry) end
  elseif action < 9 then
    cache:put(key, step)
    table.insert(model, 1, { key, step })
    if #model > 8 then table.remove(model) end
  else
    if cache:delete(key) ~= (entry ~= nil) then different = different + 1 end
  end
  if #cache ~= #model then different = different + 1 end
end
local i = 0
for k, v in pairs(cache) do
  i = i + 1
  if model[i][1] ~= k or model[i][2] ~= v then different = different + 1 end
end
print(different, #cache, cache.hits, cache.misses)

-- Memoization with a bound.
local calls = 0
local function memoize(f, capacity)
  local memo = Cache.new(capacity)
  return function(n)
    local v = memo:get(n)
    if v == nil then
      v = f(n)
      memo:put(n, v)
    end
    return v
  end
end
local fib
fib = memoize(function(n) calls = calls + 1 return n < 2 and n or fib(n - 1) + fib(n - 2) end, 5)
print(fib(80), calls)
print(Cache.new(1), #Cache.new(1), (function() local one = Cache.new(1) one:put(1, "x") one:put(2, "y") return tostring(one) end)())
