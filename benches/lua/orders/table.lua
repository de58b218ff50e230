-- Fills, clears and queues in twelve orders, from ten elements to a million, and prints the time of each per element. Run as a
-- process of its own; `cargo xtask bench --group orders` makes tables and a plot of what it prints.

local clock, floor = os.clock, math.floor

-- So many elements at least are dealt with between two looks at the clock.
local ELEMENTS = 200000
-- An order that has taken so many seconds isn't tried with more elements: somewhere it may be quadratic.
local LIMIT = 0.5
local given_up = {}
local SIZES = { 10, 32, 100, 316, 1000, 3162, 10000, 31623, 100000, 316228, 1000000 }

local shuffled = {}
local function shuffle(n)
  local order, seed = {}, 42
  for i = 1, n do order[i] = i end
  for i = n, 2, -1 do
    seed = (seed * 16807) % 2147483647
    local j = seed % i + 1
    order[i], order[j] = order[j], order[i]
  end
  shuffled[n] = order
  return order
end

local function filled(n)
  local t = {}
  for i = 1, n do t[i] = i end
  return t
end

local fills = {
  { "ascending", function(t, n) for i = 1, n do t[i] = i end end },
  { "descending", function(t, n) for i = n, 1, -1 do t[i] = i end end },
  { "shuffled", function(t, n, order) for i = 1, n do t[order[i]] = i end end },
  { "evens, then odds", function(t, n)
    for i = 2, n, 2 do t[i] = i end
    for i = 1, n, 2 do t[i] = i end
  end },
  { "from the middle", function(t, n)
    local middle = floor(n / 2)
    for i = 0, middle - 1 do
      t[middle - i] = i
      t[middle + 1 + i] = i
    end
  end },
  { "every third", function(t, n) for i = 3, 3 * n, 3 do t[i] = i end end },
  { "multiples of 2^32", function(t, n) for i = 1, n do t[i * 4294967296] = i end end },
  { "halves", function(t, n) for i = 1, n do t[i + 0.5] = i end end },
}
local clears = {
  { "clear ascending", function(t, n) for i = 1, n do t[i] = nil end end },
  { "clear descending", function(t, n) for i = n, 1, -1 do t[i] = nil end end },
  { "clear by next", function(t)
    local k = next(t)
    while k ~= nil do
      t[k] = nil
      k = next(t)
    end
  end },
}

-- A queue with a constant number of elements in it, as many as pass through it.
local function queue(t, n)
  for i = 1, n do
    t[n + i] = i
    t[i] = nil
  end
end

local function measure(name, n, make, work)
  if given_up[name] then return end
  local repeats = math.max(1, floor(ELEMENTS / n))
  local order = shuffled[n] or shuffle(n)
  local tables = {}
  for r = 1, repeats do tables[r] = make(n) end
  collectgarbage()
  local start = clock()
  for r = 1, repeats do work(tables[r], n, order) end
  local time = clock() - start
  if time > LIMIT then given_up[name] = true end
  print(string.format("table: point %s: size=%d ns=%.2f", name, n, time / (repeats * n) * 1e9))
end

local function empty() return {} end
for _, n in ipairs(SIZES) do
  for _, fill in ipairs(fills) do measure(fill[1], n, empty, fill[2]) end
  for _, clear in ipairs(clears) do measure(clear[1], n, filled, clear[2]) end
  measure("queue", n, filled, queue)
  shuffled[n] = nil
end
