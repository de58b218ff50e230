-- Coroutines that have survived collections and rest are given new values in every way there is, and nothing else refers to
-- these. After further collections each must be found again.

local function collect()
  local t
  for i = 1, 3 do t = { n = -i } end
  collectgarbage("step")
  for i = 1, 3 do t = { n = -i } end
  collectgarbage("step")
  return t
end

-- `make` makes what is to rest; `give` hands it value number i; `take` gets the value back.
local function check(name, make, give, take)
  local found = 0
  for i = 1, 12 do
    local rests = make()
    collectgarbage()
    collect()
    give(rests, i)
    collect()
    if take(rests).n == i then found = found + 1 end
  end
  print(name, found)
end

local yield, resume = coroutine.yield, coroutine.resume

-- A coroutine that keeps what it is given.
local function keeper()
  local co = coroutine.create(function(first)
    local held = first
    while true do
      local given = yield(held)
      if given then held = given end
    end
  end)
  resume(co)
  return co
end

check("resume", keeper, function(co, i) resume(co, { n = i }) end, function(co) return select(2, resume(co)) end)

check("first resume", function() return coroutine.create(function(v) yield() yield(v) end) end,
  function(co, i) resume(co, { n = i }) end, function(co) return select(2, resume(co)) end)

check("wrap", function()
  local f = coroutine.wrap(function() local v = yield() yield() yield(v) end)
  f()
  return f
end, function(f, i) f({ n = i }) end, function(f) return f() end)

check("extra arguments", function() return coroutine.create(function(...) yield() yield(select(-1, ...)) end) end,
  function(co, i) resume(co, table.unpack({ [300] = { n = i } }, 1, 300)) end,
  function(co) return select(2, resume(co)) end)

check("deeper", function()
  local co = coroutine.create(function(v)
    local function go(n, value)
      if n == 0 then yield() return value end
      local result = go(n - 1, value)
      return result
    end
    while true do v = go(yield(v)) end
  end)
  resume(co)
  return co
end, function(co, i) resume(co, 200, { n = i }) end, function(co) return select(2, resume(co)) end)

-- The resumer is old and rests while what it has resumed yields to it.
check("values yielded", function()
  local inner = coroutine.wrap(function(n)
    while true do
      collect()
      n = yield({ n = n })
    end
  end)
  local outer = coroutine.create(function(i)
    while true do
      local v = inner(i)
      i = yield()
      if not i then i = yield(v) end
    end
  end)
  return outer
end, function(co, i) resume(co, i) end, function(co) return select(2, resume(co)) end)

check("nothing yielded", function()
  local inner = coroutine.wrap(function()
    collectgarbage()
    collect()
    yield()
  end)
  return coroutine.create(function(i)
    inner()
    local v = { n = i }
    collect()
    yield()
    yield(v)
  end)
end, function(co, i) resume(co, i) end, function(co) return select(2, resume(co)) end)

check("value returned", function()
  local outer = coroutine.create(function(i)
    local inner = coroutine.create(function() collect() return { n = i } end)
    local _, v = resume(inner)
    inner = nil
    yield()
    yield(v)
  end)
  return outer
end, function(co, i) resume(co, i) end, function(co) return select(2, resume(co)) end)

-- A local variable of a coroutine, by its name.
local function set(co, level, name, v)
  for n = 1, 50 do
    local found = debug.getlocal(co, level, n)
    if not found then return end
    if found == name then return debug.setlocal(co, level, n, v) end
  end
end

local function with_locals()
  local co = coroutine.create(function(...)
    local plain, captured = {}, {}
    local function get() return captured end
    for i = 1, 3 do
      if yield() == "loop" then return i end
      if plain then yield(plain) end
      yield(get())
      yield((...))
    end
  end)
  resume(co, {})
  return co
end

local function nth(n)
  return function(co)
    for _ = 1, n - 1 do resume(co) end
    return select(2, resume(co))
  end
end

check("setlocal", with_locals, function(co, i) set(co, 1, "plain", { n = i }) end, nth(1))
check("setlocal, captured", with_locals, function(co, i) set(co, 1, "captured", { n = i }) end, nth(2))
check("setlocal, extra", with_locals, function(co, i) debug.setlocal(co, 1, -1, { n = i }) end, nth(3))
check("setlocal, loop", with_locals, function(co, i) set(co, 1, "i", i << 60 | i) end,
  function(co) return { n = select(2, resume(co, "loop")) & 15 } end)

check("setlocal, normal", function()
  return coroutine.create(function(i)
    local held
    local me = coroutine.running()
    local inner = coroutine.wrap(function()
      collectgarbage()
      collect()
      set(me, 1, "held", { n = i })
      collect()
    end)
    inner()
    yield()
    yield(held)
  end)
end, function(co, i) resume(co, i) end, function(co) return select(2, resume(co)) end)

check("error", keeper, function(co, i)
  debug.sethook(co, function() error({ n = i }) end, "l")
  resume(co)
  debug.sethook(co)
end, function(co) return select(2, coroutine.close(co)) end)

check("error with frames", function()
  return coroutine.create(function(i)
    local t <close> = setmetatable({}, { __close = function() end })
    collectgarbage()
    collect()
    error({ n = i })
  end)
end, function(co, i) resume(co, i) end, function(co) return select(2, coroutine.close(co)) end)

check("error of a close", function()
  local co = coroutine.create(function(...)
    local t <close> = setmetatable({}, { __close = function(_, e) collect() error({ n = 12 - e.n }) end })
    yield()
    error((yield()))
  end)
  resume(co)
  resume(co)
  return co
end, function(co, i) resume(co, { n = 12 - i }) end, function(co) return select(2, coroutine.close(co)) end)

check("hook", keeper, function(co, i)
  local v = { n = i }
  debug.sethook(co, function() return v end, "l")
end, function(co) return debug.gethook(co)() end)

check("in pcall", function()
  local co = coroutine.create(function()
    local ok, v = pcall(function() local v = yield() yield() return v end)
    yield(v)
  end)
  resume(co)
  return co
end, function(co, i) resume(co, { n = i }) end, function(co) return select(2, resume(co)) end)

check("in a metamethod", function()
  local mt = { __add = function(_, k) local v = yield() yield() return v end }
  local co = coroutine.create(function() yield(setmetatable({}, mt) + 1) end)
  resume(co)
  return co
end, function(co, i) resume(co, { n = i }) end, function(co) return select(2, resume(co)) end)

check("in an iterator", function()
  local co = coroutine.create(function()
    for v in function() local v = yield() yield() return v end do yield(v) end
  end)
  resume(co)
  return co
end, function(co, i) resume(co, { n = i }) end, function(co) return select(2, resume(co)) end)

-- Coroutines that only other ones know, in a chain.
check("chain", function()
  local f = keeper()
  for _ = 1, 5 do
    local inner = f
    f = coroutine.create(function()
      local given
      while true do
        local _, held = resume(inner, given)
        given = yield(held)
      end
    end)
    resume(f)
  end
  return f
end, function(co, i) resume(co, { n = i }) end, function(co) return select(2, resume(co)) end)

-- Many that rest, each resumed now and then.
do
  local many = {}
  for i = 1, 200 do many[i] = keeper() end
  collectgarbage()
  local wrong = 0
  for round = 1, 3 do
    for i = round, #many, 7 do resume(many[i], { n = i * round }) end
    collect()
    for i = round, #many, 7 do
      local _, v = resume(many[i])
      if v.n ~= i * round then wrong = wrong + 1 end
    end
  end
  print("many", wrong)
end
