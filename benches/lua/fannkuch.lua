-- Pancake flips over all permutations: small integer arrays, reversals, rotations.
local function run(n)
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
      local flips = 1
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
        flips = flips + 1
      end
      if flips > most then most = flips end
      checksum = index % 2 == 0 and checksum + flips or checksum - flips
    end
    while true do
      if r == n then return checksum .. " " .. most end
      local head = permutation[1]
      for i = 1, r do permutation[i] = permutation[i + 1] end
      permutation[r + 1] = head
      r = r + 1
      count[r] = count[r] - 1
      if count[r] > 0 then break end
    end
    index = index + 1
  end
end

return { name = "fannkuch", n = 9, run = run, expect = "?" }
