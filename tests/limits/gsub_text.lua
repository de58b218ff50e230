-- A substitution that makes much of little.
local s = ("x"):rep(1000000)
s:gsub("x", ("y"):rep(5000))
