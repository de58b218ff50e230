-- A string that grows at its end.
local s = ""
while true do s = s .. "some more text, which is appended " end
