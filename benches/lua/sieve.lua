-- The sieve of Eratosthenes, several times over: strided writes to one array.
local function run(n)
  local count = 0
  for _ = 1, 5 do
    local prime = {}
    for i = 2, n do prime[i] = true end
    for i = 2, n do
      if prime[i] then
        for j = i * i, n, i do prime[j] = false end
      end
    end
    count = 0
    for i = 2, n do
      if prime[i] then count = count + 1 end
    end
  end
  return count
end

return { name = "sieve", n = 450000, run = run, expect = "37706" }
