-- Library functions call `__len` with the operand twice, as the operator does.
local t = setmetatable({}, {__len = function(...)
  print("len", select("#", ...), select(1, ...) == select(2, ...))
  return 1
end})
print(#t)
print(pcall(table.unpack, t))
print(pcall(table.concat, t))
print(pcall(table.insert, t, 1))
print(pcall(table.sort, t))
