-- An index of the words of a text, with stemming and a search: some hundred milliseconds.

local words = {}
for w in ("interpreter compiler running runs quickly tables functions strings values numbers loops calling returns memory collector programs testing benchmarks measured results"):gmatch("%a+") do words[#words + 1] = w end
local seed, documents = 99, {}
for d = 1, 360 do
  local text = {}
  for i = 1, 150 do
    seed = (seed * 16807) % 2147483647
    local w = words[seed % #words + 1]
    text[i] = seed % 11 == 0 and w:sub(1, 1):upper() .. w:sub(2) .. "." or w
  end
  documents[d] = table.concat(text, " ")
end

local suffixes = { "ing$", "ers$", "er$", "ly$", "s$" }
local function stem(word)
  word = word:lower()
  for _, suffix in ipairs(suffixes) do
    local stripped, n = word:gsub(suffix, "")
    if n > 0 and #stripped > 2 then return stripped end
  end
  return word
end

local index = {}
for number, text in ipairs(documents) do
  local position = 0
  for word in text:gmatch("%a+") do
    position = position + 1
    local key = stem(word)
    local entry = index[key]
    if not entry then
      entry = { total = 0, documents = {} }
      index[key] = entry
    end
    entry.total = entry.total + 1
    local places = entry.documents[number]
    if places then places[#places + 1] = position else entry.documents[number] = { position } end
  end
end

local keys = {}
for key in pairs(index) do keys[#keys + 1] = key end
table.sort(keys)
for _, key in ipairs(keys) do print(key, index[key].total) end

local function search(query)
  local scores = {}
  for word in query:gmatch("%a+") do
    local entry = index[stem(word)]
    for number, places in pairs(entry and entry.documents or {}) do
      scores[number] = (scores[number] or 0) + #places * 1000 / entry.total
    end
  end
  local found = {}
  for number, score in pairs(scores) do found[#found + 1] = { number = number, score = score } end
  table.sort(found, function(a, b) return a.score > b.score or a.score == b.score and a.number < b.number end)
  return found
end
for _, query in ipairs({ "running programs", "collector memory", "nothing", "Testing the compilers" }) do
  local found = search(query)
  print(query, #found, found[1] and found[1].number, found[1] and string.format("%.3f", found[1].score))
end
