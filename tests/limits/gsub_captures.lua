-- A substitution that repeats what was captured.
local s = ("x"):rep(100000)
s:gsub("x+", ("%0"):rep(100000))
