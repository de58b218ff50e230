-- Pancake flips over all permutations of nine, n times: small integer arrays, reversals, rotations.
local function flips(n)
  local permutation, work, count = {}, {}, {}
  for i = 1, n do permutation[i] = i end
  local most, checksum, index, r = 0, 0, 0, n
  while true do
    while r ~= 1 do
      count[r] = r
      r = r - 1
    end
    local first = permutation[1]
    if first ~= 1 then
      for i = 2, n do work[i] = permutation[i] end
      local turns = 1
      while true do
        local next = work[first]
        if next == 1 then break end
        work[first] = first
        local low, high = 2, first - 1
        while low < high do
          work[low], work[high] = work[high], work[low]
          low, high = low + 1, high - 1
        end
        first = next
        turns = turns + 1
      end
      if turns > most then most = turns end
      checksum = index % 2 == 0 and checksum + turns or checksum - turns
    end
    while true do
      if r == n then return checksum .. " " .. most end
      local head = permutation[1]
      for i = 1, r do permutation[i] = permutation[i + 1] end
      permutation[r + 1] = head
      count[r + 1] = count[r + 1] - 1
      if count[r + 1] > 0 then break end
      r = r + 1
    end
    index = index + 1
  end
end

local function run(n)
  local result
  for _ = 1, n do result = flips(9) end
  return result
end

return { name = "fannkuch", n = 1, run = run, expect = "8629 30" }
