-- Chains of generators as coroutines: a prime filter pipeline and tree walks.
local floor = math.floor

local function numbers(from, to)
  return coroutine.wrap(function()
    for i = from, to do coroutine.yield(i) end
  end)
end

local function filter(source, p)
  return coroutine.wrap(function()
    for i in source do
      if i % p ~= 0 then coroutine.yield(i) end
    end
  end)
end

local function tree(low, high)
  if low > high then return nil end
  local middle = floor((low + high) / 2)
  return { key = middle, left = tree(low, middle - 1), right = tree(middle + 1, high) }
end

local function walk(node)
  if not node then return end
  walk(node.left)
  coroutine.yield(node.key)
  walk(node.right)
end

local function primes(limit)
  local source, count, last = numbers(2, limit), 0, 0
  while true do
    local prime = source()
    if not prime then return count, last end
    count, last = count + 1, prime
    if prime * prime <= limit then source = filter(source, prime) end
  end
end

local function run(n)
  local count, last, sum = 0, 0, 0
  local root = tree(1, 1000)
  for _ = 1, n do
    count, last = primes(10000)
    for _ = 1, 20 do
      for key in coroutine.wrap(function() walk(root) end) do sum = sum + key end
    end
  end
  return count .. " " .. last .. " " .. sum
end

return { name = "coroutine generators", n = 12, run = run, expect = "1229 9973 120120000" }
