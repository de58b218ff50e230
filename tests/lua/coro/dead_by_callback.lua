-- A coroutine that died of an error in a function called by a native has all its frames, and what they hold.
local function trace(f, ...)
  local co = coroutine.create(f)
  print(coroutine.resume(co, ...))
  collectgarbage()
  print(debug.traceback(co))
  local level = 0
  while debug.getinfo(co, level) do
    local name, value = debug.getlocal(co, level, 1)
    if name == "mark" then print("", level, value) end
    level = level + 1
  end
  print(coroutine.close(co))
end
local function fail(mark) local t = {mark}; error("in " .. mark, 0) end
trace(function(mark) table.sort({3, 1, 2}, function() fail(mark .. " sort") end) end, "a")
trace(function(mark) return (string.gsub("xyz", "y", function(c) fail(mark .. c) end)) end, "b")
trace(function(mark) return tostring(setmetatable({}, {__tostring = function() fail(mark .. " tostring") end})) .. "" end, "c")
trace(function(mark)
  local _ <close> = setmetatable({}, {__close = function(_, e) print("closed", e) end})
  table.sort({2, 1}, function(a, b)
    local _ <close> = setmetatable({}, {__close = function(_, e) print("closed inside", e) end})
    return a < string.rep(b, function() end)
  end)
end, "d")
trace(function(mark) print(pcall(table.sort, {2, 1}, function() fail("caught") end)) fail(mark) end, "e")
