-- A function's results, put together.
local s, piece = ("x"):rep(1000000), ("y"):rep(5000)
s:gsub("x", function() return piece end)
