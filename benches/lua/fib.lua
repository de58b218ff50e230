-- Doubly recursive Fibonacci numbers: calls, returns and integer arithmetic only.
local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

return { name = "fib", n = 32, run = fib, expect = "2178309" }
