-- A file that never ends.
local f, e = loadfile("/dev/zero")
error(e, 0)
