-- Closures made in a hot loop, that capture the loop's variables, called at once or kept for a while.
local function run(n)
  local kept, sum = {}, 0
  for i = 1, n do
    local count = i % 5
    local function add(x)
      count = count + 1
      return x + count + i
    end
    sum = (sum + add(1) + add(2)) % 1000003
    kept[i % 16] = add
    if i % 16 == 0 then
      for k = 0, 15 do sum = sum + kept[k](k) % 11 end
    end
  end
  return sum
end

return { name = "closures in loop", n = 540000, run = run, expect = "765188" }
