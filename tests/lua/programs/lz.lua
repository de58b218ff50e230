-- Two compressors and their round trips: LZ77 with a hash of triples, and LZW.
local function lz77(data)
  local out, heads, at = {}, {}, 1
  local literal = {}
  local function flush()
    if #literal > 0 then
      out[#out + 1] = string.char(#literal) .. table.concat(literal)
      literal = {}
    end
  end
  while at <= #data do
    local triple = data:sub(at, at + 2)
    local from = heads[triple]
    local length = 0
    if from and at - from < 4096 and #triple == 3 then
      while length < 127 and at + length <= #data and data:byte(from + length) == data:byte(at + length) do length = length + 1 end
    end
    if length >= 4 then
      flush()
      out[#out + 1] = string.pack(">BI2", 128 + length, at - from)
    else
      length = 1
      literal[#literal + 1] = data:sub(at, at)
      if #literal == 127 then flush() end
    end
    for i = at, math.min(at + length - 1, #data - 2) do heads[data:sub(i, i + 2)] = i end
    at = at + length
  end
  flush()
  return table.concat(out)
end

local function unlz77(packed)
  local out, at = "", 1
  while at <= #packed do
    local n = packed:byte(at)
    if n < 128 then
      out = out .. packed:sub(at + 1, at + n)
      at = at + n + 1
    else
      local _, distance, after = string.unpack(">BI2", packed, at)
      local length, from = n - 128, #out - distance + 1
      if distance >= length then
        out = out .. out:sub(from, from + length - 1)
      else
        local piece = out:sub(from)
        out = out .. piece:rep(length // #piece + 1):sub(1, length)
      end
      at = after
    end
  end
  return out
end

local function lzw(data)
  local codes, n, out, word = {}, 256, {}, ""
  for i = 0, 255 do codes[string.char(i)] = i end
  for c in data:gmatch(".") do
    if codes[word .. c] then
      word = word .. c
    else
      out[#out + 1] = codes[word]
      codes[word .. c] = n
      n, word = n + 1, c
    end
  end
  if word ~= "" then out[#out + 1] = codes[word] end
  return out
end

local function unlzw(codes)
  local words, n = {}, 256
  for i = 0, 255 do words[i] = string.char(i) end
  local last = words[codes[1]] or ""
  local out = { last }
  for i = 2, #codes do
    local word = words[codes[i]] or last .. last:sub(1, 1)
    out[#out + 1] = word
    words[n] = last .. word:sub(1, 1)
    n, last = n + 1, word
  end
  return table.concat(out)
end

local seed = 99
local function random(n) seed = (seed * 16807) % 2147483647 return seed % n end
local noise, words = {}, {}
for i = 1, 1500 do noise[i] = string.char(random(256)) end
for i = 1, 400 do words[i] = ({ "moon", "orbit", "tide", "night", "the", "of", "and" })[random(7) + 1] end
local samples = {
  { "empty", "" }, { "one", "x" }, { "run", ("a"):rep(1000) }, { "pair", ("ab"):rep(700) }, { "text", table.concat(words, " ") },
  { "noise", table.concat(noise) }, { "zeros", ("\0"):rep(300) .. "end" }, { "tobe", "TOBEORNOTTOBEORTOBEORNOT" },
}
for _, s in ipairs(samples) do
  local name, data = table.unpack(s)
  local a, b = lz77(data), lzw(data)
  print(name, #data, #a, unlz77(a) == data, #b, unlzw(b) == data)
end
print(table.concat(lzw("TOBEORNOTTOBEORTOBEORNOT"), " "))
