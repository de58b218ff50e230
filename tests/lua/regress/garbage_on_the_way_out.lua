-- Memory that functions use up while they return must be collected as well as any other.
local rep <const> = string.rep
local function f(n)
  if n == 0 then return 0 end
  local below = f(n - 1)
  return below + #(rep("x", 300000)) // 300000
end
local most = 0
local function g(n)
  if n == 0 then return end
  g(n - 1)
  local s = rep("y", 300000)
  if n % 100 == 0 then most = math.max(most, collectgarbage("count")) end
  s = nil
end
print(f(1000))
g(1000)
print(most < 100000)
