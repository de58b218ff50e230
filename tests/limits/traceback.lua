-- Tracebacks with a long message.
local s, keep = ("x"):rep(10000000), {}
while true do keep[#keep + 1] = debug.traceback(s) end
