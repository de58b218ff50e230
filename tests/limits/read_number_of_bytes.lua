-- Blocks of a file, all kept.
local f, keep = assert(io.open("/dev/zero", "rb")), {}
while true do keep[#keep + 1] = f:read(1000000) end
