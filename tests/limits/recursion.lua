-- Deep recursion with tables on the stack, in coroutines that are kept.
local function deep(n) local t = { n } if n == 15000 then coroutine.yield() end return 1 + deep(n + 1) + #t end
local keep = {}
while true do
  local co = coroutine.create(deep)
  local ok, e = coroutine.resume(co, 1)
  if not ok then error(e, 0) end
  keep[#keep + 1] = co
end
