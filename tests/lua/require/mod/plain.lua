-- Helper module: says how it was loaded and returns a table.
local name, where = ...
loads = (loads or 0) + 1
return { name = name, where = where, loads = loads, add = function(a, b) return a + b end }
