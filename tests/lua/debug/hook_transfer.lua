-- Arguments and results in call and return hooks: ftransfer and ntransfer.
local function transfers(f, ...)
  local log = {}
  debug.sethook(function(event)
    local info = debug.getinfo(2, "rnS")
    local values = {}
    for i = info.ftransfer, info.ftransfer + info.ntransfer - 1 do
      local _, v = debug.getlocal(2, i)
      values[#values + 1] = (type(v) == "function" or type(v) == "table") and type(v) or tostring(v)
    end
    log[#log + 1] = event .. " " .. tostring(info.name) .. " " .. info.ntransfer .. " (" .. table.concat(values, ",") .. ")"
  end, "cr")
  f(...)
  debug.sethook()
  table.remove(log)
  for _, line in ipairs(log) do print("  " .. line) end
  print("--")
end
local function none() end
local function one(a) return a end
local function several(a, b, c) return c, b, a end
local function variadic(a, ...) return ... end
local function tail(...) return several(...) end
local function extra(a) local x, y, z = 1, 2, 3 return a, x, y, z end
transfers(function() none() end)
transfers(function() local x = one("v") end)
transfers(function() one() end)
transfers(function() several(1, 2) end)
transfers(function() variadic(1, 2, 3) end)
transfers(function() variadic() end)
transfers(function() tail(1, 2, 3) end)
transfers(function() extra("e") end)
transfers(function() local x = math.max(1, 5, 3) end)
transfers(function() local a, b = select(2, "a", "b", "c") end)
transfers(function() string.rep("x", 3) end)
transfers(function() pcall(one, 1) end)
transfers(function() setmetatable({}, { __index = one }).x = 1 end)
-- Changing a result on its way out isn't possible through getlocal, but arguments can be changed.
debug.sethook(function()
  local info = debug.getinfo(2, "Sf")
  if info.func == one then debug.setlocal(2, 1, "changed") end
end, "c")
local got = one("original")
debug.sethook()
print(got)
-- Outside of a hook there is no transfer.
local info = debug.getinfo(1, "r")
print(info.ftransfer, info.ntransfer)
