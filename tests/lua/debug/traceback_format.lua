-- debug.traceback: messages, levels, ways of calling.
local function leaf(...) return (debug.traceback(...)) end
local function middle(...) local r = leaf(...) return r end
function global_function(...) local r = middle(...) return r end
local object = { field = function(...) local r = leaf(...) return r end }
function object:method(...) local r = leaf(...) return r end
print(leaf())
print(leaf("message"))
print(leaf("message", 1))
print(leaf("message", 2))
print(leaf("message", 0))
print(leaf("message", 100))
print(leaf(nil, 1))
print(leaf("", 1))
print(leaf("with\nlines", 1))
print(leaf(12, 1), leaf(1.5, 1))
print(middle("m"))
print(global_function("m"))
print(object.field("m"))
print(object:method("m"))
local function tail(...) return leaf(...) end
print((tail("in a tail call")))
print((function() local r = leaf("anonymous") return r end)())
print(select(2, pcall(leaf, "through pcall")))
print((("x"):gsub("x", function() local r = leaf("in a callback") return r end)))
print(setmetatable({}, { __index = function(_, k) local r = leaf(k) return r end }).metamethod)
print(setmetatable({}, { __add = function() local r = leaf("add") return r end }) + 1)
for t in function(_, last) if not last then local r = leaf("iterator") return r end end do print(t) end
local up = function() local r = leaf("upvalue") return r end
print((function() local r = up() return r end)())
print(load("local r = ... ; local x = r('a chunk') return x", "=chunk")(leaf))
print(load("local r = ... ; local x = r('a long chunk') return x", ("name "):rep(30))(leaf))
-- What isn't a string comes back untouched.
local t = {}
print(debug.traceback(t) == t, debug.traceback(true), debug.traceback(print) == print, debug.traceback(t, 5) == t)
print(select("#", debug.traceback(t, 5)), debug.traceback(nil) ~= nil)
-- As message handler.
print(select(2, xpcall(function() error("handled") end, debug.traceback)))
print(select(2, xpcall(function() local x = nil; x() end, debug.traceback)))
print(select(2, xpcall(function() error({}) end, debug.traceback)) ~= nil)
-- Errors.
print(pcall(debug.traceback, "m", "x"))
print(pcall(debug.traceback, "m", {}))
print(pcall(debug.traceback, "m", 1.5))
print((debug.traceback("negative", -1):gsub("\n.*", "")))
