-- Deep recursion, again and again, with tables on the stack.
local function deep(n) local t = { n } return 1 + deep(n + 1) + #t end
local keep = {}
while true do
  local ok, e = pcall(deep, 1)
  keep[#keep + 1] = e .. #keep .. ("x"):rep(100000)
end
