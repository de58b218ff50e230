-- Hot loops over globals whose values and metatables change.
counter = 0
for i = 1, 300 do counter = counter + 1 end
print(counter, _G.counter)
local function bump() counter = counter + 1 return counter end
for i = 1, 200 do bump() end
print(counter)
-- global removed and re-added
local seen = {}
for i = 1, 200 do
  if i % 50 == 0 then flag = nil elseif i % 25 == 0 then flag = i end
  seen[tostring(flag)] = (seen[tostring(flag)] or 0) + 1
end
local ks = {}
for k in pairs(seen) do ks[#ks + 1] = k end
table.sort(ks)
for _, k in ipairs(ks) do io.write(k, "=", seen[k], " ") end
print()
-- a function global replaced while it is called
function op(x) return x + 1 end
local acc = 0
for i = 1, 150 do
  acc = op(acc)
  if i == 50 then function op(x) return x + 2 end end
  if i == 100 then local old = op op = function(x) return old(x) * 1 + 1 end end
end
print(acc)
-- many globals grow the table while others are in use
base = 7
local total = 0
for i = 1, 500 do _G["gen" .. i] = i total = total + base end
for i = 1, 500 do total = total + _G["gen" .. i] _G["gen" .. i] = nil end
print(total, gen1, gen500, base)
-- a metatable on _G appears and goes
local misses = 0
local function probe() return not_there end
local r = {}
for i = 1, 120 do
  if i == 41 then setmetatable(_G, { __index = function(_, k) misses = misses + 1 return k .. "?" end }) end
  if i == 81 then setmetatable(_G, nil) end
  local v = probe()
  if i % 20 == 0 then r[#r + 1] = tostring(v) end
end
print(table.concat(r, " "), misses)
local stores = {}
setmetatable(_G, { __newindex = function(t, k, v) stores[#stores + 1] = k rawset(t, k, v) end })
for i = 1, 3 do fresh = i end
fresh2 = 1
fresh = nil
fresh = 5
setmetatable(_G, nil)
print(table.concat(stores, " "), fresh, fresh2)
-- builtins replaced and restored
local real = tostring
local n = 0
tostring = function(v) n = n + 1 return real(v) end
for i = 1, 10 do local _ = tostring(i) end
print(n, tostring == real)
tostring = real
n = 0
for i = 1, 110 do
  if i == 100 then math = { floor = function() n = n + 1 return -1 end, real = math } end
  local f = math.floor(i + 0.5)
  if i == 1 or i == 99 or i == 101 then print(i, f) end
end
math = math.real
print(n, math.floor(2.5))
_G.print("by _G", _G._G == _G, _ENV == _G)
