-- A queue that lives in one table: its keys only ever grow, what was taken is set to nil.
local function run(n)
  local queue, first, last, sum = {}, 1, 0, 0
  for i = 1, n do
    last = last + 1
    queue[last] = i % 1013
    if last - first >= 100 then
      sum = (sum * 3 + queue[first] + queue[last]) % 1000003
      queue[first] = nil
      first = first + 1
    end
    -- Now and then it is all but emptied.
    if i % 5000 == 0 then
      while last - first > 3 do
        sum = sum + queue[first] % 2
        queue[first] = nil
        first = first + 1
      end
    end
  end
  return sum .. " " .. last - first
end

return { name = "sliding window", n = 2100000, run = run, expect = "681926 3" }
