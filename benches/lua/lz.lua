-- LZ compression and decompression of a text, with a table of five-byte strings.
local floor, char = math.floor, string.char
local unpack = table.unpack or unpack

-- A literal with its length, then how far back and how long the copy is that follows.
local function entry(literal, distance, run)
  local size = #literal
  return char(floor(size / 256), size % 256) .. literal .. char(floor(distance / 256), distance % 256, run)
end

local function compress(data)
  local out, n, seen, at, from = {}, 0, {}, 1, 1
  local length = #data
  while at <= length - 5 do
    local key = data:sub(at, at + 4)
    local before = seen[key]
    seen[key] = at
    if before and at - before < 65536 then
      local run = 5
      while run < 255 and data:byte(before + run) == data:byte(at + run) and at + run <= length do run = run + 1 end
      n = n + 1
      out[n] = entry(data:sub(from, at - 1), at - before, run)
      at = at + run
      from = at
    else
      at = at + 1
    end
  end
  out[n + 1] = entry(data:sub(from), 0, 0)
  return table.concat(out)
end

local function decompress(packed)
  local out, n, at = {}, 0, 1
  while at <= #packed do
    local high, low = packed:byte(at, at + 1)
    local size = high * 256 + low
    local literal = packed:sub(at + 2, at + 1 + size)
    at = at + 2 + size
    local far, near, run = packed:byte(at, at + 2)
    local distance = far * 256 + near
    at = at + 3
    for i = 1, #literal do out[n + i] = literal:byte(i) end
    n = n + #literal
    for i = n + 1, n + run do out[i] = out[i - distance] end
    n = n + run
  end
  local parts = {}
  for i = 1, n, 100 do parts[#parts + 1] = string.char(unpack(out, i, math.min(i + 99, n))) end
  return table.concat(parts)
end

local function run(n)
  local seed, words = 3, { "perigee", "apogee", "lune", "tide", "orbit", "night", "of", "the", "and", "a" }
  local pieces = {}
  for i = 1, 4000 do
    seed = (seed * 48271) % 2147483647
    pieces[i] = words[seed % 10 + 1] .. (seed % 17 == 0 and tostring(seed % 1000) or "")
  end
  local text = table.concat(pieces, " ")
  local size, good = 0, 0
  for _ = 1, n do
    local packed = compress(text)
    size = #packed
    if decompress(packed) == text then good = good + 1 end
  end
  return #text .. " " .. size .. " " .. good
end

return { name = "lz", n = 40, run = run, expect = "20980 14735 40" }
