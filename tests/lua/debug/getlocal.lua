-- debug.getlocal: parameters, locals in scope, temporaries, varargs.
local function all(level)
  local out = {}
  local i = 1
  while true do
    local name, value = debug.getlocal(level + 1, i)
    if not name then break end
    out[#out + 1] = name .. "=" .. tostring(type(value) == "function" and "function" or value)
    i = i + 1
  end
  return table.concat(out, " ")
end
local function f(a, b, ...)
  local c = a + b
  do
    local inner = "in"
    print((all(1)))
  end
  local c = "shadow"
  local k <const>, n <const> = 5, nil
  print((all(1)))
  for i = 1, 1 do print((all(1))) end
  for k, v in next, { 7 } do
    local name1 = debug.getlocal(1, 8)
    print(name1)
  end
  return c
end
f(1, 2, 3, 4)
-- Varargs have negative indices.
local function v(x, ...)
  print(debug.getlocal(1, -1))
  print(debug.getlocal(1, -2))
  print(debug.getlocal(1, -3))
  print(debug.getlocal(1, -4))
  print(debug.getlocal(1, 1))
end
v("fixed", "one", nil, "three")
v("fixed")
v()
-- Names of the parameters of functions that don't run.
print(debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3), debug.getlocal(f, 0), debug.getlocal(f, -1))
print(debug.getlocal(print, 1))
print(debug.getlocal(function(...) local x end, 1))
print(debug.getlocal(function(a, ...) local x end, 1))
local object = {}
function object:method(p) end
print(debug.getlocal(object.method, 1), debug.getlocal(object.method, 2), debug.getlocal(object.method, 3))
print(debug.getlocal(load(string.dump(f, true)), 1))
-- A captured variable.
local function captured()
  local x = 1
  local function set() x = x + 1 end
  set()
  print(debug.getlocal(1, 1))
  set()
  print(debug.getlocal(1, 1))
end
captured()
-- Variables of native functions are temporaries.
print((("subject"):gsub("subject", function() return select(2, debug.getlocal(2, 1)) .. "!" end)))
print((("subject"):gsub("subject", function() return (debug.getlocal(2, 2)) end)))
-- Errors.
print(pcall(debug.getlocal))
print(pcall(debug.getlocal, 1))
print(pcall(debug.getlocal, 100, 1))
print(pcall(debug.getlocal, -1, 1))
print(pcall(debug.getlocal, "x", 1))
print(pcall(debug.getlocal, 1, "x"))
print(pcall(debug.getlocal, 1, 1.5))
print(debug.getlocal(1, 10000), debug.getlocal(1, 0), debug.getlocal(1, math.mininteger), debug.getlocal(1, -10000))
