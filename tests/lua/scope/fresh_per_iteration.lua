-- Every iteration and every block entry creates new local variables.
local function call(fs) local r = {} for i, f in ipairs(fs) do r[i] = tostring(f()) end return table.concat(r, " ") end
local fs = {}
for i = 1, 5 do fs[i] = function() return i end end
print(call(fs))
fs = {}
for i = 1, 4 do local v = i fs[#fs + 1] = function() v = v + 1 return v end end
print(call(fs), "|", call(fs))
fs = {}
for k, v in ipairs { "a", "b", "c" } do fs[k] = function() v = v .. k return v end end
print(call(fs), "|", call(fs))
fs = {}
local n = 0
while n < 3 do local c = n fs[#fs + 1] = function() c = c + 10 return c end n = n + 1 end
print(call(fs), "|", call(fs))
fs = {}
n = 0
repeat local c = n fs[#fs + 1] = function() c = c + 1 return c end n = n + 1 until c >= 3
print(call(fs), "|", call(fs))
-- goto loops
fs = {}
do
  local i = 1
  ::again::
  local j = i * i
  fs[#fs + 1] = function() j = j + 1 return j .. "/" .. i end
  i = i + 1
  if i <= 3 then goto again end
end
print(call(fs), "|", call(fs))
fs = {}
for i = 1, 6 do
  local keep = i * 100
  if i % 2 == 0 then goto continue end
  fs[#fs + 1] = function() keep = keep + i return keep end
  ::continue::
end
print(call(fs), "|", call(fs))
-- two closures of one iteration share, of different iterations do not
local pairs_ = {}
for i = 1, 3 do
  local v = 0
  pairs_[i] = { inc = function() v = v + i end, get = function() return v end }
end
pairs_[1].inc() pairs_[1].inc() pairs_[2].inc() pairs_[3].inc()
print(pairs_[1].get(), pairs_[2].get(), pairs_[3].get())
-- a local without initial value is nil in every iteration
local leftovers = {}
for i = 1, 3 do
  local z
  leftovers[i] = tostring(z)
  z = i
  leftovers[i] = leftovers[i] .. z
end
print(table.concat(leftovers, " "))
for i = 1, 2 do local p, q, r = i io.write(tostring(q), tostring(r), " ") p, q, r = 1, 2, 3 end
print()
-- nested loops with capture at each level
fs = {}
for i = 1, 2 do
  local a = i
  for j = 1, 2 do
    local b = j
    fs[#fs + 1] = function() a, b = a + 1, b + 10 return a * 1000 + b end
  end
end
print(call(fs), "|", call(fs))
-- recursion gives each activation its own
local function rec(d)
  local mine = d local g = function() mine = mine + 1 return mine end
  if d > 0 then return g, rec(d - 1) end return g
end
fs = { rec(3) }
print(call(fs), "|", call(fs))
