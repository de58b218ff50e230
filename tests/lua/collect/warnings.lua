-- warn: the standard output stays as it is, in every state and with every control message.
io.write("before ")
warn("@off")
warn("never shown")
io.write("after\n")
print(select("#", warn("x")), (pcall(warn, "x", "y")))
print(pcall(warn, "unfinished", {}))
print(pcall(warn))
print(pcall(warn, 1, 2.5), pcall(warn, "a", 1, print))
warn("@nothing")
warn("@on", "with more pieces is no control message")
warn("@off")
-- An error in a finalizer or in closing is no error for the program.
local closed = 0
setmetatable({}, { __gc = function() closed = closed + 1 error("in a finalizer") end })
setmetatable({}, { __gc = function() closed = closed + 1 error({}) end })
setmetatable({}, { __gc = function() closed = closed + 1 error() end })
collectgarbage()
print(closed)
-- Output buffered before a warning comes out all the same.
io.stdout:setvbuf("full")
io.write("buffered ")
warn("hidden")
print("line")
-- warn can be replaced, and called through other names.
local real = warn
local list = {}
warn = function(...) list[#list + 1] = table.concat({ ... }, "|") end
warn("a", "b")
warn("@on")
print(#list, list[1], list[2])
warn = real
print(pcall(string.gsub, "x", "x", warn))
print(coroutine.wrap(function() warn("from a coroutine") return "fine" end)())
