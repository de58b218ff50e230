-- Extra arguments in functions that have run often: from none to very many, with and without parameters, to lists of fixed
-- and of open length, in nested calls, tail calls, coroutines and tables made of them.

local function none(...) return ... end
local function count(...) return select("#", ...) end
local function one(...) local a = ... return a end
local function three(...) local a, b, c = ... return a, b, c end
local function after(x, y, ...) local a, b = ... return x, y, a, b, select("#", ...) end
local function pack(x, ...) return { x, ..., n = select("#", ...) } end
local function middle(x, ...) return (...), x, ... end
local function changed(x, ...) x = (x or 0) + 1 local y <const> = ... return x, y, ... end
local function inner(...) local function f(...) return count(...), ... end return f(..., ...) end
local function captured(x, ...) local a = ... return function() x = x + 1 return x, a end end
local function named(...t) return t.n, t[1], t[2] end
local function named_changed(x, ...t) t[1] = x t.n = 2 return ... end
local function tail(n, ...) if n == 0 then return ... end return tail(n - 1, n, ...) end
local function sum(...) local s = 0 for i = 1, select("#", ...) do s = s + (select(i, ...) or 0) end return s end

local functions = {
  none = none, count = count, one = one, three = three, after = after, middle = middle, changed = changed, inner = inner,
  named = named, named_changed = named_changed, sum = sum,
}
local names = {}
for name in pairs(functions) do names[#names + 1] = name end
table.sort(names)

local lists = { table.pack(), table.pack(1), table.pack(1, nil), table.pack(nil, 2), table.pack(1, 2, 3), table.pack(1, 2, 3, 4, 5, nil) }
for _, name in ipairs(names) do
  local f = functions[name]
  for _ = 1, 100 do f(1, 2, 3) end
  for _, list in ipairs(lists) do
    local r
    for _ = 1, 40 do r = table.pack(f(table.unpack(list, 1, list.n))) end
    for i = 1, r.n do r[i] = tostring(r[i]) end
    print(name, list.n, r.n, table.concat(r, " "))
  end
end

for i = 1, 60 do
  local r = table.pack(tail(i % 5, "x", nil))
  local p = pack(i, nil, i + 1, nil)
  local x, a = captured(i, "a", "b")()
  if i > 55 then print(r.n, r[1], r[r.n - 1], #p >= 1 and p[1], p.n, x, a) end
end

-- Very many.
local many = {}
for i = 1, 5000 do many[i] = i end
for _, f in ipairs { count, sum, none } do
  local v
  for _ = 1, 30 do v = f(table.unpack(many)) end
  print(v, select("#", f(table.unpack(many))))
end
local function deep(n, ...) if n > 0 then return 1 + deep(n - 1, n, ...) end return select("#", ...) end
for _ = 1, 20 do deep(50) end
print(deep(150))
print(select(2, pcall(function(...) local function f(...) return f(1, ...), 1 end return f(...) end, 1)):match("stack overflow"))

-- Across yields.
local co = coroutine.wrap(function(...)
  local a, b = ...
  while true do
    local function pass(x, ...) return coroutine.yield(x, select("#", ...), ...) end
    a, b = pass(b, a, ...)
  end
end)
local r
co(1, 2, 3)
for i = 1, 60 do r = table.pack(co(i, -i)) end
print(table.unpack(r, 1, r.n))
