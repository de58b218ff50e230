-- A reader that never ends.
local piece = "-- " .. ("x"):rep(100000) .. "\n"
local f, e = load(function() return piece end)
error(e, 0)
