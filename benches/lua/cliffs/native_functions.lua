-- A hot loop around functions of the library, common ones and rare ones.
local function run(n)
  local list, sum = {}, 0
  local floor, max = math.floor, math.max
  for i = 1, n do
    local text = tostring(i % 1000)
    sum = sum + max(#text, i % 5) + floor(i / 7) % 3
    table.insert(list, text)
    if #list > 20 then sum = sum + #table.remove(list, 1) end
    sum = sum + (tonumber(text:reverse()) or 0) % 10
    if text:find("9", 1, true) then sum = sum + #text:rep(2) end
    if i % 10 == 0 then
      sum = sum + #table.concat(list, ",") + select("#", (table.unpack or unpack)(list))
      sum = sum + #("%03d|%s"):format(i % 500, text) + (next(list) or 0)
    end
    sum = sum % 1000003
  end
  return sum
end

return { name = "native functions", n = 160000, run = run, expect = "852044" }
