-- What `__close` is given: the error in force, as whoever catches it will see it; nothing if there is none.
local function show(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = type(t[i]) == "table" and "{" .. tostring(t[i].code) .. "}" or tostring(t[i]) end
  print(table.concat(t, " ", 1, t.n))
end

local function closer(name, act)
  return setmetatable({}, {__close = function(_, ...)
    show("  " .. name, select("#", ...), type((...)), (...))
    if act then return act(...) end
  end})
end

local thrown = {code = 7}
local ways = {
  {"string", function() error("boom") end},
  {"no position", function() error("boom", 0) end},
  {"table", function() error(thrown) end},
  {"nil", function() error() end},
  {"number", function() error(42) end},
  {"index", function() local x; x.y = 1 end},
  {"arithmetic", function() return 1 + {} end},
  {"compare", function() return {} < {} end},
  {"call", function() local f = 1; f() end},
  {"argument", function() ("x"):rep({}) end},
  {"for", function() for _ = 1, "x" do end end},
  {"divide", function() return 1 // 0 end},
  {"metamethod", function() return setmetatable({}, {__index = function() error("in index") end}).x end},
  {"sort", function() table.sort({2, 1}, function() error("in sort") end) end},
  {"gsub", function() string.gsub("a", "a", function() error("in gsub") end) end},
  {"wrapped", function() coroutine.wrap(function() error(thrown) end)() end},
  {"assert", function() assert(nil, "no") end},
  {"yield", function() coroutine.yield() end},
  {"not closable", function() local _ <close> = 42 end},
}
for _, way in ipairs(ways) do
  local name, f = way[1], way[2]
  print(name)
  show("pcall", pcall(function() local _ <close> = closer "a"; f() end))
  show("xpcall", xpcall(function() local _ <close> = closer "a"; f() end,
    function(e) return type(e) == "string" and "<" .. e .. ">" or e end))
  if name ~= "yield" then
    local co = coroutine.create(function() local _ <close> = closer "a"; f() end)
    show("resume", coroutine.resume(co))
    show("close", coroutine.close(co))
    show("wrap", pcall(coroutine.wrap(function() local _ <close> = closer "a"; f() end)))
  end
end

print "without an error"
do local _ <close> = closer "block" end
show((function() local _ <close> = closer "return"; return 1 end)())
for i = 1, 2 do
  local _ <close> = closer("break" .. i)
  if i == 2 then break end
end
for i = 1, 2 do
  local _ <close> = closer("goto" .. i)
  goto continue
  ::continue::
end

print "another error takes its place"
local function second(e) error("second after " .. tostring(e), 0) end
local function two() local _ <close> = closer "outer"; local _ <close> = closer("inner", second); error("first", 0) end
show(pcall(two))
show(xpcall(two, function(e) return "<" .. e .. ">" end))
show(pcall(coroutine.wrap(two)))
show(pcall(function() local _ <close> = closer "outer"; local _ <close> = closer("inner", second); return 1 end))

print "the value of a loop"
local function loop(act) return function(_, i) if i < 2 then return i + 1 end end, nil, 0, closer("loop", act) end
for _ in loop() do end
for _ in loop() do break end
show(pcall(function() for _ in loop() do error("body", 0) end end))
show(pcall(function() for _ in loop(second) do error("body", 0) end end))
show(pcall(function() for _ in function() error("iterator", 0) end, nil, nil, closer "loop" do end end))

print "coroutines that are closed"
local co = coroutine.create(function() local _ <close> = closer "a"; coroutine.yield() end)
coroutine.resume(co)
show(coroutine.close(co))
co = coroutine.create(function() local _ <close> = closer "a"; local _ <close> = closer("b", second); coroutine.yield() end)
coroutine.resume(co)
show(coroutine.close(co))
co = coroutine.create(function() local _ <close> = closer "a"; coroutine.close(coroutine.running()) end)
show(coroutine.resume(co))
co = coroutine.wrap(function() local _ <close> = closer("a", coroutine.yield); error("late", 0) end)
show(pcall(co))
co = coroutine.wrap(function()
  return pcall(function()
    local _ <close> = closer("a", function(e) show("resumed with", coroutine.yield("yielded " .. e)) end)
    error("late", 0)
  end)
end)
show(co())
show(co("more"))
