-- How many arguments __call metamethods have put in front of a function's own.
local function count(...) return select("#", ...), debug.getinfo(1, "t").extraargs end

local f = count
for i = 0, 15 do
  print(i, f())
  print(i, f("x", "y"))
  f = setmetatable({}, { __call = f })
end
print(pcall(f))
print(debug.getinfo(print, "t").extraargs, debug.getinfo(1, "t").extraargs)
