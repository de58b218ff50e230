-- Base64, base32 and hexadecimal with one bit-stream encoder.
local function codec(alphabet, width, group)
  local index = {}
  for i = 1, #alphabet do index[alphabet:byte(i)] = i - 1 end
  local mask = (1 << width) - 1
  local function encode(data)
    local out, buffer, bits = {}, 0, 0
    for i = 1, #data do
      buffer, bits = (buffer << 8 | data:byte(i)) & 0xFFFFFF, bits + 8
      while bits >= width do
        bits = bits - width
        local at = buffer >> bits & mask
        out[#out + 1] = alphabet:sub(at + 1, at + 1)
      end
    end
    if bits > 0 then
      local at = buffer << (width - bits) & mask
      out[#out + 1] = alphabet:sub(at + 1, at + 1)
    end
    while #out % group ~= 0 do out[#out + 1] = "=" end
    return table.concat(out)
  end
  local function decode(text)
    local out, buffer, bits = {}, 0, 0
    text = text:gsub("%s", ""):gsub("=+$", "")
    for i = 1, #text do
      local value = index[text:byte(i)] or error(("bad character %q at %d"):format(text:sub(i, i), i), 0)
      buffer, bits = (buffer << width | value) & 0xFFFFFF, bits + width
      if bits >= 8 then
        bits = bits - 8
        out[#out + 1] = string.char(buffer >> bits & 0xFF)
      end
    end
    if buffer & (1 << bits) - 1 ~= 0 then error("left-over bits", 0) end
    return table.concat(out)
  end
  return encode, decode
end

local upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
local codecs = {
  { "base64", codec(upper .. upper:lower() .. "0123456789+/", 6, 4) },
  { "base32", codec(upper .. "234567", 5, 8) },
  { "hex", codec("0123456789abcdef", 4, 2) },
}

local samples = { "", "f", "fo", "foo", "foob", "fooba", "foobar", "\0\0\0", "\255\254\253", "any carnal pleas", "Perilune, the point of the orbit nearest the moon" }
for _, c in ipairs(codecs) do
  local name, encode, decode = table.unpack(c)
  for _, s in ipairs(samples) do
    local text = encode(s)
    print(name, #s, text, decode(text) == s)
  end
end

-- Every byte, every length, and with line breaks.
local bytes = {}
for i = 0, 255 do bytes[i + 1] = string.char(i) end
local all = table.concat(bytes)
for _, c in ipairs(codecs) do
  local name, encode, decode = table.unpack(c)
  local good = 0
  for n = 0, 60 do
    local piece = all:sub(200 - n, 200)
    local wrapped = encode(piece):gsub(("."):rep(20), "%0\n")
    if decode(wrapped) == piece then good = good + 1 end
  end
  print(name, good, #encode(all), decode(encode(all)) == all)
  print(pcall(decode, "ab*d"))
  print(pcall(decode, "zz"))
end
