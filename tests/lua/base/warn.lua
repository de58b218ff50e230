-- warn writes to the error stream, never to the output.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(warn("@off"))
print(warn("not shown"))
print(select("#", warn("@on")))
warn("shown on the error stream only")
warn("in ", "several ", "pieces ", 1, " ", 2.5)
warn("@unknown control messages are ignored")
warn("@off")
warn("not shown either")
print("output is clean")
e(warn)
e(warn, nil)
e(warn, {})
e(warn, "a", nil)
e(warn, "a", "b", true)
e(function() warn("x", print) end)

-- An error in a finalizer becomes a warning.
setmetatable({}, { __gc = function() error("in gc", 0) end })
collectgarbage()
print("still running")
warn("@on")
setmetatable({}, { __gc = function() error("in gc, warned about", 0) end })
collectgarbage()
warn("@off")
print("the end")
