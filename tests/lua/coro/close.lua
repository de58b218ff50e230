-- coroutine.close in every state.
local function tbc(f) return setmetatable({}, { __close = f }) end
local log = {}
local function put(...) log[#log + 1] = table.concat({ ... }, " ") end
local function flush(...) print(table.concat(log, "; "), ...) log = {} end
-- not started, suspended, dead
local co = coroutine.create(function() put "ran" end)
flush(coroutine.close(co), coroutine.status(co)) flush(coroutine.resume(co))
flush(coroutine.close(co))
co = coroutine.create(function() coroutine.yield(1) put "not reached" end)
coroutine.resume(co) flush(coroutine.close(co), coroutine.status(co)) flush(coroutine.resume(co))
co = coroutine.create(function() return 1 end) coroutine.resume(co) flush(coroutine.close(co))
-- dead by error reports the error once
co = coroutine.create(function() error("bad", 0) end) coroutine.resume(co)
flush(coroutine.close(co)) flush(coroutine.close(co))
co = coroutine.create(function() error({ c = 1 }) end) coroutine.resume(co)
local ok, e = coroutine.close(co) flush(ok, type(e), e.c)
-- pending variables run in order, with no error value
co = coroutine.create(function()
  local a <close> = tbc(function(_, err) put("a", tostring(err)) end)
  local b <close> = tbc(function(_, err) put("b", tostring(err)) end)
  for i in function() return 1 end, nil, nil, tbc(function() put "loop" end) do coroutine.yield(i) end
end)
coroutine.resume(co) flush(coroutine.close(co), coroutine.status(co))
-- errors in closing methods replace each other
co = coroutine.create(function()
  local a <close> = tbc(function(_, err) put("a got", tostring(err)) error("from a", 0) end)
  local b <close> = tbc(function(_, err) put("b got", tostring(err)) error("from b", 0) end)
  coroutine.yield()
end)
coroutine.resume(co) flush(coroutine.close(co)) flush(coroutine.status(co), coroutine.close(co))
-- inside pcall within the coroutine: the pcall is abandoned too
co = coroutine.create(function()
  pcall(function() local a <close> = tbc(function() put "in pcall" end) coroutine.yield() end)
  put "after pcall"
end)
coroutine.resume(co) flush(coroutine.close(co))
-- running, normal and main coroutines
flush(pcall(coroutine.close, coroutine.running())) flush(pcall(coroutine.close, 5)) flush(pcall(coroutine.close))
co = coroutine.create(function()
  local inner = coroutine.create(function() return pcall(coroutine.close, co) end)
  put(tostring((select(3, coroutine.resume(inner)))))
end)
coroutine.resume(co) flush()
-- a running coroutine may close itself: it ends there
co = coroutine.create(function() put "before" coroutine.close(coroutine.running()) put "never" end)
flush(coroutine.resume(co)) flush(coroutine.status(co), coroutine.close(co))
co = coroutine.create(function()
  local a <close> = tbc(function(_, err) put("self closed", tostring(err)) end)
  coroutine.close(coroutine.running()) put "never"
end)
flush(coroutine.resume(co)) flush(coroutine.status(co))
co = coroutine.create(function() local a <close> = tbc(function() error("self err", 0) end) coroutine.close(coroutine.running()) end)
flush(coroutine.resume(co)) flush(coroutine.status(co))
co = coroutine.create(function()
  pcall(function() local a <close> = tbc(function() put "nested self" end) coroutine.close(coroutine.running()) end)
  put "never"
end)
flush(coroutine.resume(co))
co = coroutine.wrap(function() coroutine.close(coroutine.running()) end) flush(select("#", co())) flush(pcall(co))
co = coroutine.create(function() coroutine.close() put "no argument" end) flush(coroutine.resume(co))
-- wrap propagates an error and closes the coroutine
co = coroutine.wrap(function() local a <close> = tbc(function(_, err) put("wrap tbc", tostring(err)) end) error("in wrap", 0) end)
flush(pcall(co)) flush(pcall(co))
co = coroutine.wrap(function() local a <close> = tbc(function(_, err) error("second", 0) end) error("first", 0) end)
flush(pcall(co))
-- close then reuse of the locals by closures
local get
co = coroutine.create(function() local v = 1 get = function() v = v + 1 return v end coroutine.yield() v = 100 end)
coroutine.resume(co) coroutine.close(co) flush(get(), get())
-- closing many, deep, and closing a chain of coroutines
local n = 0
for i = 1, 100 do
  local c = coroutine.create(function() local x <close> = tbc(function() n = n + 1 end) coroutine.yield() end)
  coroutine.resume(c) coroutine.close(c)
end
flush(n)
local function deep(k)
  local x <close> = tbc(function() n = n + 1 end)
  if k == 0 then coroutine.yield() else deep(k - 1) end
end
n = 0 co = coroutine.create(deep) coroutine.resume(co, 100) flush(coroutine.close(co), n)
local chain
local function link(k)
  return coroutine.create(function()
    local nxt = k > 0 and link(k - 1)
    local x <close> = tbc(function() put("k" .. k) if nxt then coroutine.close(nxt) end end)
    if nxt then coroutine.resume(nxt) end coroutine.yield()
  end)
end
chain = link(4) coroutine.resume(chain) flush(coroutine.close(chain))
-- a coroutine resumed from a closing method
local helper = coroutine.wrap(function() coroutine.yield("h1") coroutine.yield("h2") end)
co = coroutine.create(function()
  local a <close> = tbc(function() put(helper()) end)
  local b <close> = tbc(function() put(helper()) end) coroutine.yield()
end)
coroutine.resume(co) flush(coroutine.close(co))
