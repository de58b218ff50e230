-- __gc: when finalizers run, in which order, resurrection. The order depends on what is collected together, so
-- nothing is collected unasked.
collectgarbage("stop")
local log = {}
local function flush(...) print(table.concat(log, " "), ...) log = {} end
local function full() collectgarbage() collectgarbage() end
local function obj(name) return setmetatable({ name = name }, { __gc = function(o) log[#log + 1] = o.name end }) end
do obj "single" end full() flush()
-- reverse order of marking (setmetatable)
for i = 1, 5 do obj("o" .. i) end full() flush()
do local a, b, c = obj "a", obj "b", obj "c" a, b, c = nil, nil, nil end full() flush()
-- the order follows setmetatable, not creation
do
  local x, y, z = { name = "x" }, { name = "y" }, { name = "z" }
  local mt = { __gc = function(o) log[#log + 1] = o.name end }
  setmetatable(z, mt) setmetatable(x, mt) setmetatable(y, mt)
  x, y, z = nil, nil, nil
end
full() flush()
-- only objects whose metatable had __gc when it was set are marked
do
  local mt = {} local o = setmetatable({ name = "late" }, mt)
  mt.__gc = function(p) log[#log + 1] = p.name end o = nil
end
full() flush("late field")
do
  local mt = { __gc = true } local o = setmetatable({ name = "placeholder" }, mt)
  mt.__gc = function(p) log[#log + 1] = p.name end o = nil
end
full() flush()
do
  local mt = { __gc = function() log[#log + 1] = "old" end }
  local o = setmetatable({}, mt) mt.__gc = function() log[#log + 1] = "new" end o = nil
end
full() flush()
do
  local o = setmetatable({ name = "dropped" }, { __gc = function(p) log[#log + 1] = p.name end })
  setmetatable(o, nil) o = nil
end
full() flush("metatable removed")
do local mt = { __gc = 5 } setmetatable({}, mt) end full() flush("not a function")
-- runs once; the object is usable inside, with what it refers to
do
  local inner = { v = "inner" }
  local o = setmetatable({ inner = inner, name = "outer" },
    { __gc = function(p) log[#log + 1] = p.name .. ":" .. p.inner.v end })
  o = nil inner = nil
end
full() full() flush()
-- resurrection: the finalizer stores the object; no second call unless marked again
local saved
do local o = setmetatable({ name = "phoenix" }, { __gc = function(p) log[#log + 1] = p.name saved = p end }) o = nil end
full() flush(saved and saved.name) saved = nil full() flush(saved)
do
  local mt
  mt = { __gc = function(p) log[#log + 1] = p.name p.count = (p.count or 0) + 1 if p.count < 3 then setmetatable(p, mt) end end }
  local o = setmetatable({ name = "again" }, mt) o = nil
end
for _ = 1, 6 do collectgarbage() end flush()
-- objects reachable only from a finalized object live until it is gone
local weak = setmetatable({}, { __mode = "v" })
do
  local part = { "part" } weak[1] = part
  local o = setmetatable({ part = part }, { __gc = function(p) log[#log + 1] = p.part[1] end })
  part, o = nil, nil
end
collectgarbage() flush() collectgarbage() print(weak[1])
-- weak values drop a finalized object before its finalizer, weak keys after
local wv, wk = setmetatable({}, { __mode = "v" }), setmetatable({}, { __mode = "k" })
do
  local o = setmetatable({},
    { __gc = function(p) log[#log + 1] = "value " .. tostring(wv[1] ~= nil) .. " key " .. tostring(wk[p]) end })
  wv[1], wk[o] = o, "still" o = nil
end
full() flush()
-- cycles of finalized objects
do local a, b = obj "cyc1", obj "cyc2" a.other, b.other = b, a a, b = nil, nil end full() flush()
do local o = obj "selfref" o.me = o o = nil end full() flush()
-- errors in finalizers are warnings: execution and later finalizers continue
do setmetatable({}, { __gc = function() log[#log + 1] = "failing" error("ignored") end }) obj "after" end full() flush()
-- a finalizer may create garbage, collect, yield nothing, and call anything
do
  setmetatable({},
    { __gc = function() local t = {} for i = 1, 100 do t[i] = { i } end collectgarbage() log[#log + 1] = "busy" .. #t end })
end
full() flush()
do
  setmetatable({}, { __gc = function()
    log[#log + 1] = tostring(coroutine.isyieldable()) .. tostring(select(2, pcall(error, "inside", 0)))
  end })
end
full() flush()
do setmetatable({}, { __gc = function(...) log[#log + 1] = "args" .. select("#", ...) end }) end full() flush()
-- created by a finalizer, collected later
do setmetatable({}, { __gc = function() obj "child" end }) end full() full() flush()
-- many
local n = 0
for i = 1, 1000 do setmetatable({}, { __gc = function() n = n + 1 end }) end
full() print(n)
-- callable objects as __gc; shared metatable; closures as state
do
  local mt = { __gc = setmetatable({}, { __call = function(_, o) log[#log + 1] = "callable " .. o.name end }) }
  setmetatable({ name = "c" }, mt)
end
full() flush()
local Class = {} Class.__index = Class
Class.__gc = function(o) log[#log + 1] = "free " .. o:id() end
function Class:id() return self.n end
for i = 1, 3 do setmetatable({ n = i }, Class) end full() flush()
