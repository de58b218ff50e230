-- A long string that a chunk has several times is one object.
local function address(s) return string.format("%p", s) end

local a <const> = "a string of more than forty characters, written thrice"
local b = "a string of more than forty characters, written thrice"
local function f() return a end
local function g()
  return (function() return "a string of more than forty characters, written thrice" end)()
end
print(address(a) == address(b), address(a) == address(f()), address(a) == address(g()))
local built = "a string of more than forty characters, " .. string.lower("Written thrice")
print(built == a, address(built) == address(a))
