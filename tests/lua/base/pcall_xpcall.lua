-- pcall and xpcall.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(pcall(function() end))
print(pcall(function() return 1, nil, 3 end))
print(pcall(function(...) return select("#", ...), ... end, 1, nil, nil))
print(pcall(error, "msg", 0))
print(pcall(error))
print(pcall(nil))
print(pcall(5))
print((pcall({})))
print(pcall(setmetatable({}, { __call = function(self, a, b) return "called", a, b end }), 1, 2))
print(pcall(pcall, error, "nested", 0))
print(pcall(pcall, pcall, pcall, error, "deep"))
print(select("#", pcall(function() return nil end)))
e(pcall)

print(xpcall(function() return 1, 2, 3 end, print))
print(xpcall(function(...) return ... end, print, "a", nil, "c"))
print(xpcall(error, function(m) return "handled: " .. tostring(m) end, "msg", 0))
print(xpcall(error, function(m) return m, "second is dropped" end, "msg", 0))
print(xpcall(error, function() end, "msg", 0))
print(xpcall(error, string.upper, "msg", 0))
print(xpcall(function() local x = nil; return x.y end, function(m) return "[" .. m .. "]" end))
print(xpcall(nil, function(m) return "h:" .. m end))
print(xpcall(function() error() end, function(m) return type(m) end))
print(xpcall(function() error({ code = 3 }) end, function(m) return m.code end))
print(xpcall(setmetatable({}, { __call = function(_, x) return x end }), print, "via call"))
e(xpcall)
e(xpcall, print)
e(xpcall, print, nil)
e(xpcall, print, 5)
e(xpcall, print, {})

-- The handler runs at the point of the error, before the stack unwinds.
local depth
print(xpcall(function()
  local marker = "still alive"
  error("x", 0)
end, function(m)
  depth = debug.traceback("tb", 1):find("in function") ~= nil
  return m
end))
print(depth)

-- Errors inside handlers are handled again, and that ends.
print(xpcall(error, function(m) if m == "first" then error("second", 0) end return "got " .. tostring(m) end, "first", 0))
local calls = 0
local ok = xpcall(error, function() calls = calls + 1 error("again", 0) end, "x")
print(ok, calls > 1)

-- Handlers nest; the inner one wins.
print(xpcall(function()
  print(xpcall(error, function(m) return "inner " .. m end, "one", 0))
  error("two", 0)
end, function(m) return "outer " .. m end))

-- Deep recursion is an ordinary error.
local function recurse() return 1 + recurse() end
local ok, message = pcall(recurse)
print(ok, message:match("stack overflow"))
local function count(n) if n == 0 then return 0 end return 1 + count(n - 1) end
print(pcall(count, 10000))

-- Through coroutines.
local co = coroutine.wrap(function()
  local ok, v = pcall(function()
    local got = coroutine.yield("yielded inside pcall")
    error("after " .. got, 0)
  end)
  return ok, v
end)
print(co())
print(co("resume"))
local co2 = coroutine.wrap(function() return xpcall(function() error("v" .. coroutine.yield(1), 0) end, function(m) return "h " .. m end) end)
print(co2(), co2("!"))
