-- The whole of a file without an end.
local f = assert(io.open("/dev/zero", "rb"))
f:read("a")
