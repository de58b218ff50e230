-- Metamethods and iterators that are Lua functions, called by code that has run often: what they are given, what becomes of
-- their results, how they look to the debug library, what errors and yields in them do.

local log = 0
local events = {
  __index = function(_, k) return k, "not this" end,
  __newindex = function(_, k, v) log = log + #tostring(k) + (v == true and 1 or v or 0) end,
  __len = function(t, again) return rawequal(t, again) and 5 end,
  __eq = function() return false end,
  __lt = function(a, b) return a end,
  __le = function() end,
  __add = function(_, b) return type(b) == "number" and b or 1 end,
  __unm = function(a, b) return rawequal(a, b) end,
  __band = function(a, b) return type(a) == "number" and a or b end,
  __call = function(_, x, ...) return x, select("#", ...) end,
}
local t, u = setmetatable({}, events), setmetatable({}, events)
local sum, count = 0, 0
for i = 1, 100 do
  sum = sum + t[i] + t[7] + #t + (t + i) + (i + t) + (t & 3) + (8 & t)
  t.x, t[i], t[1] = i, true, nil
  if t == u then count = count + 1 end
  if t ~= u then count = count + 2 end
  if t < u then count = count + 10 end
  if t <= u then count = count + 100 end
  if t < 5 then count = count + 1000 end
  if 5 < t then count = count + 10000 end
  if not (t >= 5) then count = count + 100000 end
  if -t then count = count + 1000000 end
  local name = t.foo
  local x, n = t(i, nil, nil)
  local y = t(table.unpack({ 1, 2, 3 }, 1, i % 4))
  sum = sum + #name + x + n + (y or 0) + select("#", t(1, 2))
end
print(sum, count, log)

-- A method that is looked up by a function, and gets the object.
do
  local o = setmetatable({ base = 3 }, { __index = function(_, k) return function(self, x) return self.base * x + #k end end })
  local s = 0
  for i = 1, 100 do s = s + o:times(i) end
  print(s)
end

-- Chains that end in a table, a function, or nothing.
do
  local last = {}
  local function nest(event, n, inner)
    for _ = 1, n do inner = setmetatable({}, { [event] = inner }) end
    return inner
  end
  local w, r = nest("__newindex", 3, last), nest("__index", 3, last)
  local f = nest("__index", 2, function(t, k) return k * 2 end)
  local s = 0
  for i = 1, 100 do
    w[i], w["k" .. i % 7], w.x = i, i, i
    s = s + r[i] + r["k" .. i % 7] + r.x + f[i] + (r.nothing or 1) + (r[-i] or 1)
  end
  print(s, #last, last.x, next(w), next(r))
end

-- Iterators.
do
  local s = 0
  local function upto(n, i) if i < n then return i + 1, i * 2, "more" end end
  for _ = 1, 40 do
    for i, j, m, nothing in upto, 4, 0 do s = s + i + j + #m + (nothing or 0) end
    for i in upto, 3, 1 do s = s + i end
  end
  print(s)
end

-- Variables that are closed, also by leaving the loop.
do
  local order = {}
  local function closing(name)
    return setmetatable({}, { __close = function(_, e) order[#order + 1] = name order[#order + 1] = tostring(e) end })
  end
  local function round(i)
    local a <close>, b <const> = closing("a"), i
    local none <close> = i % 2 == 0 and closing("even") or nil
    do local c <close> = closing("c") end
    for _ = 1, 2 do
      local d <close> = closing("d")
      if b % 3 == 0 then break end
    end
    if b % 5 == 0 then goto done end
    order[#order + 1] = "."
    ::done::
  end
  for i = 1, 60 do
    order = {}
    round(i)
    if i > 54 then print(i, table.concat(order, " ")) end
  end
end

-- How they look from inside.
do
  local info
  local function look(...) info = debug.getinfo(2, "nt") return ... end
  local o = setmetatable({}, {
    __index = function(_, k) look() end, __add = function() look() end, __lt = function() look() end,
    __len = function() look() end, __call = function() look() end, __newindex = function() look() end,
    __close = function() look() end,
  })
  local function say() print(info.name, info.namewhat, info.extraargs, info.istailcall) end
  for i = 1, 50 do local x = o.field if i == 50 then say() end end
  for i = 1, 50 do local x = o[i] if i == 50 then say() end end
  for i = 1, 50 do local x = o + i if i == 50 then say() end end
  for i = 1, 50 do local x = #o if i == 50 then say() end end
  for i = 1, 50 do if o < o then return end if i == 50 then say() end end
  for i = 1, 50 do o.field = i if i == 50 then say() end end
  for i = 1, 50 do o(i) if i == 50 then say() end end
  for i = 1, 50 do do local x <close> = o end if i == 50 then say() end end
  for i = 1, 50 do for _ in function() look() end do end if i == 50 then say() end end
end

-- Errors.
do
  local o = setmetatable({}, {
    __index = function(_, k) error("index " .. k) end, __add = function() error({}) end,
    __lt = function() local x = nil + 1 end, __call = function() error("call", 2) end,
  })
  local results = {}
  for i = 1, 60 do
    results = {
      select(2, pcall(function() return o.key + 1 end)), type(select(2, pcall(function() return o + 1 end))),
      select(2, pcall(function() return o < o end)), select(2, pcall(function() o() end)),
      select(2, pcall(function() for i = 1, 30 do local x = o[i] end end)),
    }
  end
  for _, r in ipairs(results) do print(r) end
  local function deep(n) return setmetatable({}, { __index = function(t, k) return t[k] end }).x end
  print(select(2, pcall(deep)):match("stack overflow"))
end

-- Yields.
do
  local function pass(what) return function() return coroutine.yield(what) end end
  local o = setmetatable({}, {
    __index = pass("index"), __add = pass("add"), __lt = pass("lt"), __newindex = pass("newindex"), __close = pass("close"),
    __call = pass("call"), __len = pass("len"),
  })
  local co = coroutine.wrap(function()
    local s = 0
    for i = 1, 40 do
      local x <close> = o
      s = s + o.a + o[i] + (o + i) + #o + o(i)
      o.x = i
      if o < o then s = s + 1 end
      for v in pass("next") do s = s + v if v > 2 then break end end
    end
    return "end", s
  end)
  local seen, n = {}, 0
  local what, s = co()
  while what ~= "end" do
    seen[what] = (seen[what] or 0) + 1
    n = n + 1
    what, s = co(n % 4)
  end
  print(s, seen.index, seen.add, seen.lt, seen.newindex, seen.close, seen.call, seen.len, seen.next)
end

-- As many arguments as registers allow, and the length of tables whose metatables say nothing of it.
do
  local many = {}
  for i = 1, 240 do many[i] = i end
  local call = load("local o = ... for i = 1, 60 do o(" .. table.concat(many, ",") .. ") end return o(" .. table.concat(many, ",") .. ")")
  print(call(setmetatable({}, { __call = function(...) return select("#", ...), (select(-1, ...)) end })))
  local t, s = setmetatable({ 1, 2, 3 }, { __index = function() return 7 end }), 0
  for i = 1, 100 do t[#t + 1] = i s = s + #t + t[-i] end
  print(#t, s)
end
