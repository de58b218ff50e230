-- Writes under keys that are no small integers, again and again at the same places.
local long = ("long key "):rep(8)
local keys = { "short", long, 2.5, -7.0, 1e300, true, false, print, 1 << 60, 0 }

local function put(t, k, v) t[k] = v end
local function get(t, k) return t[k] end

-- Into a table without metatable: new, present, removed, new again.
local plain = {}
for round = 1, 40 do
  for i, k in ipairs(keys) do put(plain, k, round % 4 ~= 0 and round * i or nil) end
end
for round = 1, 3 do
  for i, k in ipairs(keys) do put(plain, k, round * i) end
end
for i, k in ipairs(keys) do assert(get(plain, k) == 3 * i, i) end
assert(plain[-7] == 12 and plain[1 << 60] == 27)
print("plain")

-- What is there already is replaced; what isn't is the metamethod's.
local log = {}
local guarded = setmetatable({ short = 1, [2.5] = 1 }, {
  __newindex = function(t, k, v) log[#log + 1] = tostring(k == print and "print" or k):sub(1, 8) end,
})
for round = 1, 30 do
  for _, k in ipairs(keys) do put(guarded, k, round) end
end
print(guarded.short, guarded[2.5], rawget(guarded, long), #log, log[1], log[2], log[8])
put(guarded, "short", nil)
put(guarded, "short", 5)
print(rawget(guarded, "short"), log[#log])

-- A metatable that comes and goes.
local t = {}
for round = 1, 30 do
  setmetatable(t, round % 3 == 0 and { __newindex = function() end } or nil)
  put(t, "k" .. round, round)
end
local n = 0
for k, v in pairs(t) do n = n + v end
print(n)

-- Through chains of tables.
local target = {}
local chained = setmetatable({}, { __newindex = setmetatable({}, { __newindex = target }) })
for round = 1, 30 do put(chained, "x" .. round % 5, round) end
print(next(chained), target.x0, target.x4)

-- Keys that can't be.
for round = 1, 30 do
  assert(not pcall(put, plain, nil, round))
  assert(not pcall(put, plain, 0 / 0, round))
end
print(select(2, pcall(put, plain, nil, 1)))
print(select(2, pcall(put, plain, 0 / 0, 1)))
print(select(2, pcall(put, "string", "key", 1)))

-- Constructed and counted: what such writes are most often for.
local counts = {}
for word in ("to be or not to be that is the question whether it is"):rep(20, " "):gmatch("%a+") do
  counts[word] = (counts[word] or 0) + 1
end
print(counts.to, counts.be, counts.question, counts.is)
