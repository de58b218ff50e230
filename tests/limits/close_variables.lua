-- Variables to be closed in a recursion.
local mt = { __close = function() end }
local keep = {}
local function deep(n)
  local x <close> = setmetatable({ ("x"):rep(1000) .. n }, mt)
  keep[#keep + 1] = x
  deep(n + 1)
end
while true do
  local ok, e = pcall(deep, 1)
  if not ok and tostring(e):find("not enough memory", 1, true) then error(e, 0) end
end
