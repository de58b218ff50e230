-- debug.getinfo: the names of running functions, by how they were called.
local function name()
  local info = debug.getinfo(2, "n")
  return tostring(info.name) .. "/" .. info.namewhat
end
local function via_local() return (name()) end
function via_global() return (name()) end
local t = { field = via_local, deep = { er = via_local } }
function t:method() return (name()) end
print((via_local()))
print((via_global()))
print((t.field()), (t.deep.er()))
print((t:method()))
local key = "field"
print((t[key]()), (t[1 and "field"]()))
local list = { via_local }
print((list[1]()))
local up = via_local
print((function() return (up()) end)())
print((function() return up() end)())
print((_G.via_global()), (_ENV.via_global()))
print(((via_local))())
print((function() return (name()) end)())
-- Metamethods.
local mt = {}
local object = setmetatable({}, mt)
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl",
  "shr", "bnot", "concat", "len", "eq", "lt", "le", "index", "call" } do
  mt["__" .. event] = function() return (name()) end
end
print(object + 1, 1 - object, object * 1, object / 1, object % 1, object ^ 1, -object, object // 1)
print(object & 1, object | 1, object ~ 1, object << 1, object >> 1, ~object, object .. "", #object)
print(object.x, object())
local seen
mt.__eq = function() seen = name() return true end
mt.__lt, mt.__le = mt.__eq, mt.__eq
local _ = object == setmetatable({}, mt) print(seen)
_ = object < object print(seen)
_ = object <= object print(seen)
_ = object > 1 print(seen)
mt.__newindex = function() seen = name() end
object.y = 1 print(seen)
mt.__close = function() seen = name() end
do local c <close> = object end
print(seen)
mt.__gc = function() seen = name() end
setmetatable({}, mt)
collectgarbage()
print(seen)
-- Iterators and library callbacks.
for n in function(_, last) if not last then return name() end end do print(n) end
print((pcall(via_local)), select(2, pcall(via_local)))
print((("x"):gsub("x", via_local)))
table.sort({ 2, 1 }, function(a, b) seen = name() return a < b end)
print(seen)
print(coroutine.wrap(via_local)())
local function tail() return via_local() end
print((tail()))
via_global = nil
