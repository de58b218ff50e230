-- Instructions that wait for a Lua function in the midst of compiled code: with all kinds of results, errors and yields in it,
-- hooks set by it, and callees that come and go.
local results = table.pack(nil, false, true, 0, "text", 2.5)
local which = 1
local function result() which = which % results.n + 1 return results[which], "second", "third" end
local mt = {}
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr", "unm", "bnot", "concat", "len", "index", "call", "lt", "le", "eq" } do
  mt["__" .. event] = function(...) return result() end
end
local stored
mt.__newindex = function(t, k, v) stored = k return v end
local function all(a, b)
  local n = 0
  local function count(v, ...) n = n * 3 % 1000003 + (v and (v == true and 1 or #tostring(v)) or 2) + select("#", ...) end
  count(a + b) count(a - 1) count(2 * a) count(a / b) count(a % 7) count(a ^ b) count(a // b)
  count(a & b) count(a | 1) count(a ~ b) count(a << 1) count(a >> b) count(-a) count(~a)
  count(a .. "x") count(a .. b) count("x" .. a) count(#a) count(a.field) count(a[1]) count(a[b]) count(a("x"))
  if a < b then n = n + 1 end
  if a <= b then n = n + 2 end
  if not (a > b) then n = n + 4 end
  if a == b then n = n + 8 end
  if a ~= b then n = n + 16 end
  if a < 1 then n = n + 32 end
  if a >= 2 then n = n + 64 end
  a.x = 1
  a[b] = 2
  a[3] = nil
  return n, stored
end
local x, y = setmetatable({}, mt), setmetatable({}, mt)
local sum = 0
for i = 1, 400 do sum = (sum * 7 + (all(x, y))) % 1000000007 end
print(sum, stored)
-- Iterators: none, one and many values; fewer and more than the loop has variables.
local function iterate(f, n)
  local s = 0
  for a, b, c in f, n, 0 do s = s + a + (b or 0) * 10 + (c or 0) * 100 end
  return s
end
local function one(n, i) if i < n then return i + 1 end end
local function two(n, i) if i < n then return i + 1, i end end
local function many(n, i) if i < n then return i + 1, i, i, i, i end return nil, 1, 2 end
local function none() end
local total = 0
for i = 1, 200 do total = total + iterate(one, 5) + iterate(two, 4) + iterate(many, 3) + iterate(none, 9) end
print(total)
-- Errors and yields.
local failing = setmetatable({}, {__index = function(_, k) if k % 50 == 0 then error("at " .. k, 0) end return k end,
  __lt = function(a, b) coroutine.yield("lt") return true end,
  __call = function(_, v) return coroutine.yield(v) end})
local function read(i) return failing[i] end
local errors = 0
for i = 1, 500 do if not pcall(read, i) then errors = errors + 1 end end
print(errors)
local co = coroutine.wrap(function()
  local s = 0
  for i = 1, 100 do
    if failing < failing then s = s + failing[1] end
    s = s + failing(i)
  end
  return "sum", s
end)
local steps, last, value = 0, nil, nil
repeat last, value = co(steps) steps = steps + 1 until last == "sum"
print(steps, value)
-- A metamethod that sets a hook, and one that takes it away.
local lines, calls = 0, 0
local hooking = setmetatable({}, {
  __index = function(_, k)
    if k == 90 then debug.sethook(function() lines = lines + 1 end, "l") end
    if k == 95 then debug.sethook() end
    calls = calls + 1
    return k
  end})
local function loop(n) local s = 0 for i = 1, n do s = s + hooking[i] end return s end
print(loop(100), loop(100), calls, lines > 5)
-- A function that is replaced by others of all kinds.
local kinds = setmetatable({}, {__index = function(_, k) return k end})
local s = 0
local function probe(k) return kinds[k] end
for i = 1, 300 do
  s = s + probe(i)
  if i == 100 then getmetatable(kinds).__index = function(t, k, ...) return k * 2, ... end end
  if i == 150 then getmetatable(kinds).__index = math.max and function(...) return select(2, ...) end end
  if i == 200 then getmetatable(kinds).__index = setmetatable({}, {__index = function(_, k) return -k end}) end
  if i == 250 then getmetatable(kinds).__index = function(t, k) return (function(v) return v end)(k) end end
end
print(s)
