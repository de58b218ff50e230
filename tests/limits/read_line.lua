-- A line without an end.
local f = assert(io.open("/dev/zero", "rb"))
f:read("l")
