-- Call, tail call and return events.
local function trace(f, mask, ...)
  local log = {}
  debug.sethook(function(event, line)
    local info = debug.getinfo(2, "nSt")
    log[#log + 1] = event .. ":" .. tostring(info.name) .. ":" .. info.what .. (info.istailcall and ":tail" or "")
      .. (line and ":" .. line or "")
  end, mask)
  f(...)
  debug.sethook()
  for _, line in ipairs(log) do print("  " .. line) end
end
local function leaf(a) return a end
local function caller() local x = leaf(1) return x end
local function tail() return leaf(2) end
local function tail2() return tail() end
local function native() return (math.abs(-1)) end
local function tail_native() return math.abs(-1) end
for _, mask in ipairs { "c", "r", "cr" } do
  print(mask)
  for _, f in ipairs { caller, tail, tail2, native, tail_native } do
    trace(f, mask)
    print("  --")
  end
end
-- Metamethods, iterators, callbacks.
local mt = { __add = function() return 1 end, __index = function() return 2 end, __call = function() return 3 end,
  __close = function() end }
local object = setmetatable({}, mt)
print("metamethods")
trace(function()
  local x = object + 1
  x = object.field
  x = object()
  do local c <close> = object end
end, "cr")
print("iterators")
trace(function() for i in function(_, i) if not i then return 1 end end do end end, "cr")
print("callbacks")
trace(function() pcall(leaf, 1) string.gsub("a", "a", leaf) end, "cr")
-- No return event for what an error leaves.
print("errors")
trace(function() pcall(function() error("x") end) pcall(function() local x = nil + 1 end) end, "cr")
-- Recursion.
local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end
local calls, returns = 0, 0
debug.sethook(function(event)
  if event == "return" then returns = returns + 1 else calls = calls + 1 end
end, "cr")
fact(10)
debug.sethook()
print(calls, returns)
