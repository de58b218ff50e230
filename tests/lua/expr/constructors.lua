-- All shapes of table constructors.
local function dump(t, n)
  local o = {}
  for i = 1, n or #t do o[i] = tostring(t[i]) end
  local named = {}
  for k, v in pairs(t) do
    if not (math.type(k) == "integer" and k >= 1 and k <= #o) then named[#named + 1] = tostring(k) .. "=" .. tostring(v) end
  end
  table.sort(named)
  print("{" .. table.concat(o, ",") .. "} " .. table.concat(named, ","))
end
dump {}
dump { 1, 2, 3, }
dump { 1; 2; 3; }
dump { x = 1, ["y z"] = 2, [10] = 3, [-1] = 4, [1.5] = 5, [true] = 6, 7, 8 }
dump { [1] = "keyed", "positional" }
dump { "positional", [1] = "keyed" }
dump { [2] = "two", "one", "really two" }
dump({ nil, 2, nil, 4 }, 4)
dump({ nil, nil }, 2)
dump { f = print and "p", [1 + 1 .. ""] = "s2", [#"abc"] = "three" }
local function none() end
local function one() return 1 end
local function three() return 1, 2, 3 end
dump { three() }
dump { three(), three() }
dump { (three()) }
dump { three(), nil }
dump { none(), none() }
dump({ none(), 5 }, 2)
dump { 0, three() }
dump { x = three() }
dump { [1] = three() }
dump { three(), x = 1 }
dump { three(), x = 1, }
dump { 9, 8, three(); }
local function va(...) return { ... }, { ..., "end" }, { "start", ... }, { (...) }, { n = select("#", ...), ... } end
for _, t in ipairs { va(4, 5, 6) } do dump(t) end
for _, t in ipairs { va() } do dump(t, 2) end
-- nested
local n = { 1, { 2, { 3, { 4 } } }, k = { j = { h = "deep" } } }
print(n[2][2][2][1], n.k.j.h, #n, #n[2], ({ 1, 2, 3 })[2], ({ a = "b" }).a, (({ { "x" } })[1])[1])
-- beyond one flush batch
local src = {}
for i = 1, 333 do src[i] = "v" .. i end
local big = load("local v1 = 0 return {" .. table.concat(src, ","):gsub("v", "") .. "}")()
local sum = 0
for i = 1, #big do sum = sum + big[i] end
print(#big, big[1], big[50], big[51], big[100], big[101], big[333], sum)
local mixed = load("local f = ... return {" .. ("1, k%d = %d, "):rep(60):gsub("%%d", "7") .. " f()}")(three)
print(#mixed, mixed[60], mixed[61], mixed[63], mixed.k7)
local tail = load("local f = ... return {" .. ("0, "):rep(50) .. " f()}")(three)
print(#tail, tail[50], tail[51], tail[53])
local vt = load("return {" .. ("0, "):rep(49) .. " ...}")(table.unpack(big))
print(#vt, vt[49], vt[50], vt[382])
print(#{ table.unpack(big, 1, 300) }, #{ table.unpack(big, 1, 0) }, select("#", table.unpack({}, 1, 3)))
-- each evaluation makes a new table
local function mk() return { 1 } end
print(mk() == mk(), #mk(), mk()[1])
local prev, same
for i = 1, 3 do local t = {} same = prev == t prev = t end
print(same)
