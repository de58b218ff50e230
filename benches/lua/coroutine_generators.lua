-- Chains of generators as coroutines: a prime filter pipeline and tree walks.
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
  local middle = (low + high) // 2
  return { key = middle, left = tree(low, middle - 1), right = tree(middle + 1, high) }
end

local function walk(node)
  if not node then return end
  walk(node.left)
  coroutine.yield(node.key)
  walk(node.right)
end

local function run(n)
  local source, count, last = numbers(2, n), 0, 0
  while true do
    local prime = source()
    if not prime then break end
    count, last = count + 1, prime
    if prime * prime <= n then source = filter(source, prime) end
  end
  local sum, root = 0, tree(1, 1000)
  for _ = 1, n // 500 do
    for key in coroutine.wrap(function() walk(root) end) do sum = sum + key end
  end
  return count .. " " .. last .. " " .. sum
end

return { name = "coroutine generators", n = 40000, run = run, expect = "?" }
