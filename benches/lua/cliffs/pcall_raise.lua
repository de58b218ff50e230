-- A protected call of a function that raises every second time, with strings and with tables.
local function risky(i)
  if i % 4 == 1 then error("odd") end
  if i % 4 == 3 then error({ code = i % 10 }) end
  return i % 7
end

local function run(n)
  local good, bad, codes = 0, 0, 0
  for i = 1, n do
    local ok, value = pcall(risky, i)
    if ok then
      good = good + value
    elseif type(value) == "table" then
      codes = codes + value.code
    else
      bad = bad + 1
    end
  end
  return good .. " " .. bad .. " " .. codes
end

return { name = "pcall raise", n = 560000, run = run, expect = "840000 140000 700000" }
