-- Encodes and decodes a document, byte by byte where patterns do not help.
local function encode(value, out)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = '"'
    out[#out + 1] = value:gsub('["\\\n]', { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n" })
    out[#out + 1] = '"'
  elseif kind ~= "table" then
    out[#out + 1] = tostring(value)
  elseif value[1] ~= nil then
    out[#out + 1] = "["
    for i = 1, #value do
      if i > 1 then out[#out + 1] = "," end
      encode(value[i], out)
    end
    out[#out + 1] = "]"
  else
    out[#out + 1] = "{"
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys)
    for i, key in ipairs(keys) do
      out[#out + 1] = (i > 1 and ',"' or '"') .. key .. '":'
      encode(value[key], out)
    end
    out[#out + 1] = "}"
  end
end

local decode

local function decodeString(s, at)
  local stop = at
  while true do
    stop = s:find('["\\]', stop + 1)
    if s:byte(stop) == 34 then break end
    stop = stop + 1
  end
  local text = s:sub(at + 1, stop - 1)
  if text:find("\\", 1, true) then text = text:gsub("\\(.)", { n = "\n", ['"'] = '"', ["\\"] = "\\" }) end
  return text, stop + 1
end

function decode(s, at)
  local c = s:byte(at)
  if c == 34 then
    return decodeString(s, at)
  elseif c == 91 then
    local out, n = {}, 0
    repeat
      n = n + 1
      out[n], at = decode(s, at + 1)
    until s:byte(at) == 93
    return out, at + 1
  elseif c == 123 then
    local out, key = {}, nil
    repeat
      key, at = decodeString(s, at + 1)
      out[key], at = decode(s, at + 1)
    until s:byte(at) == 125
    return out, at + 1
  elseif c == 116 then
    return true, at + 4
  elseif c == 102 then
    return false, at + 5
  end
  local number, stop = s:match("^([-%d.e+]+)()", at)
  return tonumber(number), stop
end

local function run(n)
  local document = {}
  for i = 1, 30 do
    document[i] = {
      id = i, name = 'item "' .. i .. '"', price = i * 1.25 + 0.125, tags = { "a", "b\n", "c" .. i }, stock = i % 3 == 0,
      place = { row = i % 7, shelf = "s" .. i % 5, path = { 1, { 2, { 3, i } } } },
    }
  end
  local length, check = 0, 0
  for _ = 1, n do
    local out = {}
    encode(document, out)
    local text = table.concat(out)
    local back = decode(text, 1)
    length = #text
    check = check + #back + back[30].place.path[2][2][2] + #back[7].tags[3]
    document = back
  end
  return length .. " " .. check
end

return { name = "json", n = 210, run = run, expect = "4088 13020" }
