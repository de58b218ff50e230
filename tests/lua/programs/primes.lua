-- Primes: sieves of three kinds, a deterministic Miller-Rabin test, factorization.
local function sieve(limit)
  local composite, out = {}, {}
  for i = 2, limit do
    if not composite[i] then
      out[#out + 1] = i
      for j = i * i, limit, i do composite[j] = true end
    end
  end
  return out
end

-- A bit per odd number, 62 of them to a word.
local function bitSieve(limit)
  local words, half = {}, (limit - 1) // 2
  for i = 0, half // 62 do words[i] = 0 end
  local count = limit >= 2 and 1 or 0
  for i = 1, half do
    if words[i // 62] & (1 << i % 62) == 0 then
      count = count + 1
      local p = 2 * i + 1
      for j = (p * p - 1) // 2, half, p do words[j // 62] = words[j // 62] | (1 << j % 62) end
    end
  end
  return count
end

-- An endless generator: each composite waits in a table for its turn.
local function stream()
  return coroutine.wrap(function()
    local waiting, n = {}, 2
    while true do
      local step = waiting[n]
      if step then
        waiting[n] = nil
        local next = n + step
        while waiting[next] do next = next + step end
        waiting[next] = step
      else
        waiting[n * n] = n
        coroutine.yield(n)
      end
      n = n + 1
    end
  end)
end

local function mulmod(a, b, m)
  local result = 0
  while b > 0 do
    if b & 1 == 1 then result = (result + a) % m end
    a, b = a * 2 % m, b >> 1
  end
  return result
end
local function powmod(a, n, m)
  local result = 1
  a = a % m
  while n > 0 do
    if n & 1 == 1 then result = mulmod(result, a, m) end
    a, n = mulmod(a, a, m), n >> 1
  end
  return result
end
local function isPrime(n)
  if n < 2 then return false end
  for _, p in ipairs { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37 } do
    if n % p == 0 then return n == p end
  end
  local d, s = n - 1, 0
  while d % 2 == 0 do d, s = d // 2, s + 1 end
  for _, a in ipairs { 2, 3, 5, 7, 11, 13, 17 } do
    local x = powmod(a, d, n)
    if x ~= 1 and x ~= n - 1 then
      for _ = 1, s - 1 do
        x = mulmod(x, x, n)
        if x == n - 1 then goto probably end
      end
      return false
    end
    ::probably::
  end
  return true
end

local function factors(n)
  local out = {}
  for p = 2, math.maxinteger do
    if p * p > n then break end
    while n % p == 0 do out[#out + 1], n = p, n // p end
  end
  if n > 1 then out[#out + 1] = n end
  return table.concat(out, "*")
end

local list = sieve(20000)
print(#list, bitSieve(20000), list[#list], table.concat(list, " ", 1, 15))
for _, n in ipairs { 1, 2, 3, 10, 100, 1000, 10000 } do io.write(bitSieve(n), " ") end
print()
local same, next = 0, stream()
for i = 1, 500 do if next() == list[i] then same = same + 1 end end
print(same)
local agree = true
local set = {}
for _, p in ipairs(list) do set[p] = true end
for n = 0, 2000 do agree = agree and isPrime(n) == (set[n] == true) end
print(agree)
for _, n in ipairs { 561, 1105, 2147483647, 2147483649, 1000000007, 1000000008, 999999999989, 3215031751, 67280421310721 } do io.write(n, isPrime(n) and " prime, " or " composite, ") end
print()
for _, n in ipairs { 1, 2, 60, 97, 1024, 999999, 1234567, 600851475, 2147483646 } do io.write(n, "=", factors(n), " ") end
print()
local gaps, largest = {}, 0
for i = 2, #list do
  local gap = list[i] - list[i - 1]
  gaps[gap] = (gaps[gap] or 0) + 1
  largest = math.max(largest, gap)
end
for gap = 1, largest do if gaps[gap] then io.write(gap, ":", gaps[gap], " ") end end
print()
