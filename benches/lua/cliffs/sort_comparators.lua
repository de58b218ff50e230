-- Short arrays sorted with comparators, some of which are made on the spot.
local function run(n)
  local seed, check = 99, 0
  for round = 1, n do
    local list = {}
    for i = 1, 40 do
      seed = (seed * 48271) % 2147483647
      list[i] = seed % 1000
    end
    local modulus = round % 50 + 10
    table.sort(list, function(a, b)
      local ra, rb = a % modulus, b % modulus
      if ra ~= rb then return ra < rb end
      return a < b
    end)
    check = (check * 31 + list[1] + list[20] * 7 + list[40] * 49) % 1000003
    table.sort(list, function(a, b) return a > b end)
    check = (check + list[1] - list[40]) % 1000003
  end
  return check
end

return { name = "sort comparators", n = 5600, run = run, expect = "674378" }
