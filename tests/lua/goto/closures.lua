-- goto out of or back over locals that closures captured.
local fs = {}
do
  local i = 1
  ::loop::
  do
    local v = i * 10
    fs[#fs + 1] = function() v = v + 1 return v end
  end
  i = i + 1
  if i <= 3 then goto loop end
end
print(fs[1](), fs[1](), fs[2](), fs[3](), fs[3]())
-- local declared after the label in the same block: fresh on every pass
fs = {}
do
  local n = 0
  ::again::
  local x = n
  fs[#fs + 1] = { get = function() return x end, set = function(v) x = v end }
  n = n + 1
  if n < 4 then goto again end
end
fs[2].set("changed")
print(fs[1].get(), fs[2].get(), fs[3].get(), fs[4].get())
-- continue with captured variable
fs = {}
for i = 1, 5 do
  local sq = i * i
  fs[#fs + 1] = function() sq = sq + 1 return sq end
  if i % 2 == 1 then goto continue end
  sq = sq + 100
  ::continue::
end
for j = 1, 5 do io.write(fs[j](), ",", fs[j](), " ") end
print()
-- leaving nested blocks closes all of them
local outer
do
  local a = 1
  do
    local b = 2
    do
      local c = 3
      outer = function() a, b, c = a + 1, b + 1, c + 1 return a, b, c end
      goto leave
    end
  end
end
::leave::
print(outer()) print(outer())
-- jumping backwards out of a block with captures, counting
local count, gs = 0, {}
::retry::
do
  local attempt = count
  gs[#gs + 1] = function() return attempt end
  count = count + 1
  if count < 3 then goto retry end
end
for j, g in ipairs(gs) do io.write(j, "=", g(), " ") end
print(#gs)
-- while / repeat written with goto, in functions that return closures
local function make(n)
  local r, i = {}, 0
  ::w::
  if i >= n then goto done end
  i = i + 1
  do local mine = i r[i] = function(d) mine = mine + d return mine end end
  goto w
  ::done::
  return r
end
local r1, r2 = make(3), make(2)
print(r1[1](5), r1[1](5), r1[3](1), r2[1](1), r2[2](0), #r1, #r2)
-- upvalues of an enclosing function changed around jumps
local function tricky()
  local out = {}
  local x = "x0"
  local function getx() return x end
  local i = 0
  ::l1::
  i = i + 1
  x = "x" .. i
  out[#out + 1] = getx()
  if i < 3 then goto l1 end
  do local x = "inner" out[#out + 1] = x .. getx() goto l2 end
  ::l2::
  return table.concat(out, " ")
end
print(tricky())
-- closures created in a loop that is left by goto, value survives collection
local kept
for i = 1, 10 do local t = { i } kept = function() return t[1] end if i == 4 then goto after end end
::after::
collectgarbage()
print(kept())
