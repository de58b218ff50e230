-- A string spread into a table, again and again: a call with as many results as the string has bytes.
local function checksum(message)
  local bytes = { message:byte(1, -1) }
  local sum = 0
  for i = 1, #bytes do sum = (sum * 31 + bytes[i]) % 65521 end
  return sum
end

local function run(n)
  local messages, total = {}, 0
  for i = 1, 50 do messages[i] = ("packet " .. i .. " "):rep(i % 7 + 1) end
  for i = 1, n do total = total + checksum(messages[i % 50 + 1]) end
  return total
end

return { name = "byte to table", n = 150000, run = run, expect = "5390127000" }
