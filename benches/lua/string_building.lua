-- Text by pieces: concatenation, table.concat, format, rep, sub, reverse.
local function run(n)
  local total = 0
  for i = 1, n do
    local line = "item " .. i .. ": " .. i * 7 % 1000 .. " units at " .. (i % 13 * 2 + 1) / 4
    local parts = {}
    for k = 1, 10 do parts[k] = line:sub(k, k + 4) .. k end
    local joined = table.concat(parts, "|")
    local framed = ("%-12s<%5d>%s"):format(joined:sub(1, 10), #joined, line:upper())
    local grown = ""
    for k = 1, 10 do grown = grown .. framed:sub(k, k) .. "-" end
    total = total + #grown + #framed + (grown:reverse():byte(3) or 0)
  end
  return total
end

return { name = "string building", n = 23000, run = run, expect = "2585364" }
