-- Counting words: string keys made at run time, tables used as dictionaries.
local function run(n)
  local syllables = { "mo", "on", "ti", "de", "or", "bit", "ni", "ght", "se", "a" }
  local seed, pieces = 11, {}
  for i = 1, 3000 do
    seed = (seed * 48271) % 2147483647
    local word = ""
    for _ = 1, seed % 3 + 1 do
      seed = (seed * 48271) % 2147483647
      word = word .. syllables[seed % 10 + 1]
    end
    pieces[i] = word
  end
  local text = table.concat(pieces, " ")
  local counts, distinct, total
  for _ = 1, n do
    counts, distinct, total = {}, {}, 0
    for word in text:gmatch("%a+") do
      local count = counts[word]
      if not count then
        distinct[#distinct + 1] = word
        count = 0
      end
      counts[word] = count + 1
      total = total + 1
    end
  end
  table.sort(distinct, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  local first = distinct[1]
  return total .. " " .. #distinct .. " " .. first .. "=" .. counts[first]
end

return { name = "word count", n = 290, run = run, expect = "3000 754 bit=114" }
