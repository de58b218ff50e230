-- Functions that pass all their arguments on, in coroutines that are kept.
local function f(n, ...) if n == 0 then coroutine.yield() return 1 end return (f(n - 1, ...)) + 0 end
local s, keep = ("x"):rep(2000), {}
while true do
  local co = coroutine.create(f)
  local ok, e = coroutine.resume(co, 100, s:byte(1, -1))
  if not ok then error(e, 0) end
  keep[#keep + 1] = co
end
