-- To-be-closed variables in coroutines: pending on yield, closed by close, error and end.
local log = {}
local function put(s) log[#log + 1] = s end
local function flush(...) print(table.concat(log, " | "), ...) log = {} end
local function tbc(name, err)
  return setmetatable({},
    { __close = function(_, e) put(name .. ":" .. tostring(e)) if err then error(err, 0) end end })
end
local co = coroutine.create(function() local a <close> = tbc "a" coroutine.yield(1) put "resumed" return "end" end)
flush(coroutine.resume(co)) flush(coroutine.resume(co)) flush(coroutine.status(co))
co = coroutine.create(function() local a <close> = tbc "a" do local b <close> = tbc "b" coroutine.yield(1) end end)
flush(coroutine.resume(co)) flush(coroutine.close(co)) flush(coroutine.status(co), coroutine.close(co))
co = coroutine.create(function()
  local a <close> = tbc "a" local b <close> = tbc("b", "b fails") local c <close> = tbc "c"
  coroutine.yield(1)
end)
flush(coroutine.resume(co)) flush(coroutine.close(co)) flush(coroutine.status(co), coroutine.close(co))
co = coroutine.create(function() local a <close> = tbc "a" error("E", 0) end)
flush(coroutine.resume(co)) flush(coroutine.close(co)) flush(coroutine.close(co))
co = coroutine.create(function() local a <close> = tbc("a", "in close") error("E", 0) end)
flush(coroutine.resume(co)) flush(coroutine.close(co))
-- never started
co = coroutine.create(function() local a <close> = tbc "never" end)
flush(coroutine.close(co), coroutine.status(co))
-- yielding inside __close
local function ytbc(name)
  return setmetatable({},
    { __close = function(_, e) put(name .. "<") local r = coroutine.yield(name, e) put(">" .. tostring(r)) end })
end
co = coroutine.wrap(function()
  do local a <close> = ytbc "ya" put "body" end put "between" local b <close> = ytbc "yb"
  return "r1", "r2"
end)
flush(co()) flush(co("x")) flush(co("y"))
co = coroutine.wrap(function() local a <close> = ytbc "ra" return (function() local b <close> = ytbc "rb" return 1, nil, 3 end)() end)
flush(co()) flush(co(1)) flush(co(2))
co = coroutine.wrap(function()
  return pcall(function() local a <close> = ytbc "ea" local b <close> = ytbc "eb" error("oops", 0) end)
end)
flush(co()) flush(co(1)) flush(co(2))
co = coroutine.wrap(function()
  for i in function(_, c) c = (c or 0) + 1 if c <= 2 then return c end end, nil, nil, ytbc "loop" do
    local v <close> = ytbc("v" .. i)
  end
  return "done"
end)
flush(co()) flush(co()) flush(co()) flush(co())
co = coroutine.wrap(function()
  while true do local a <close> = ytbc "brk" break end goto l ::l::
  do local b <close> = ytbc "gto" goto out end ::out:: return "out"
end)
flush(co()) flush(co()) flush(co())
-- the wrap iterator as a closing value: leaving the loop early closes nothing by itself
local gen = coroutine.wrap(function() local a <close> = tbc "gen" for i = 1, 3 do coroutine.yield(i) end end)
for v in gen do put("v" .. v) end
flush()
-- a coroutine closed by the closing value of a loop
local function iter(n)
  local c = coroutine.create(function() local a <close> = tbc "inside" for i = 1, n do coroutine.yield(i) end end)
  return function() local _, v = coroutine.resume(c) return v end, nil, nil, setmetatable({},
    { __close = function() put("status " .. coroutine.status(c)) put(tostring(coroutine.close(c))) end })
end
for v in iter(5) do put("v" .. v) if v == 2 then break end end
flush()
for v in iter(2) do put("v" .. v) end
flush()
-- closing a coroutine from inside another one's __close
local inner = coroutine.create(function() local a <close> = tbc "inner tbc" coroutine.yield() end)
coroutine.resume(inner)
co = coroutine.create(function()
  local a <close> = setmetatable({}, { __close = function() put(tostring(coroutine.close(inner))) end })
  coroutine.yield()
end)
coroutine.resume(co)
flush(coroutine.close(co))
-- coroutine.close cannot yield
co = coroutine.create(function() local a <close> = ytbc "nope" coroutine.yield("susp") end)
coroutine.resume(co)
flush(coroutine.close(co))
