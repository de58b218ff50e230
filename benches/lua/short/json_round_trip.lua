-- Decodes a document, changes it and encodes it again, a few times: a library of two hundred lines at work.

local escapes = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }
local decode_value

local function skip(s, i) return s:find("[^ \n\r\t]", i) or #s + 1 end
local function decode_string(s, i)
  local parts, start = {}, i + 1
  while true do
    local at = s:find('["\\]', start) or error("a string doesn't end")
    parts[#parts + 1] = s:sub(start, at - 1)
    if s:byte(at) == 34 then return table.concat(parts), at + 1 end
    local c = s:sub(at + 1, at + 1)
    if c == "u" then
      parts[#parts + 1] = string.char(tonumber(s:sub(at + 2, at + 5), 16) % 256)
      start = at + 6
    else
      parts[#parts + 1] = escapes[c] or error("bad escape")
      start = at + 2
    end
  end
end
local function decode_array(s, i)
  local array, n = {}, 0
  i = skip(s, i + 1)
  if s:byte(i) == 93 then return array, i + 1 end
  while true do
    n = n + 1
    array[n], i = decode_value(s, i)
    i = skip(s, i)
    local c = s:byte(i)
    if c == 93 then return array, i + 1 elseif c ~= 44 then error("',' or ']' expected") end
    i = skip(s, i + 1)
  end
end
local function decode_object(s, i)
  local object = {}
  i = skip(s, i + 1)
  if s:byte(i) == 125 then return object, i + 1 end
  while true do
    local key
    key, i = decode_string(s, i)
    i = skip(s, i)
    if s:byte(i) ~= 58 then error("':' expected") end
    object[key], i = decode_value(s, skip(s, i + 1))
    i = skip(s, i)
    local c = s:byte(i)
    if c == 125 then return object, i + 1 elseif c ~= 44 then error("',' or '}' expected") end
    i = skip(s, i + 1)
  end
end
local words = { t = { "true", true }, f = { "false", false }, n = { "null", nil } }
local decoders = { ['"'] = decode_string, ["["] = decode_array, ["{"] = decode_object }
function decode_value(s, i)
  local c = s:sub(i, i)
  if decoders[c] then return decoders[c](s, i) end
  local word = words[c]
  if word then return word[2], i + #word[1] end
  local number, last = s:match("^(-?%d+%.?%d*[eE]?[+-]?%d*)()", i)
  if not number then error("what is this at " .. i) end
  return tonumber(number), last
end

local function quoted(s)
  return '"' .. s:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end) .. '"'
end
local function encode(v, out)
  local kind = type(v)
  if kind == "table" then
    if #v > 0 then
      out[#out + 1] = "["
      for i, item in ipairs(v) do
        if i > 1 then out[#out + 1] = "," end
        encode(item, out)
      end
      out[#out + 1] = "]"
    else
      local keys = {}
      for k in pairs(v) do keys[#keys + 1] = k end
      table.sort(keys)
      out[#out + 1] = "{"
      for i, k in ipairs(keys) do
        if i > 1 then out[#out + 1] = "," end
        out[#out + 1] = quoted(k) .. ":"
        encode(v[k], out)
      end
      out[#out + 1] = "}"
    end
  elseif kind == "string" then
    out[#out + 1] = quoted(v)
  elseif kind == "number" then
    out[#out + 1] = string.format("%.14g", v)
  else
    out[#out + 1] = tostring(v)
  end
  return out
end

local document = { users = {}, version = 3, note = "a \"note\" with \\ and\na line" }
for i = 1, 150 do
  document.users[i] = { id = i, name = "user " .. i, score = i / 8, tags = { "a", "b" .. i }, active = i % 3 == 0, home = { x = i, y = -i } }
end
local text = table.concat(encode(document, {}))
for round = 1, 12 do
  local copy = decode_value(text, 1)
  for _, user in ipairs(copy.users) do user.score = user.score + 1 end
  copy.version = copy.version + 1
  text = table.concat(encode(copy, {}))
end
print(#text, text:sub(1, 200), text:sub(-60))
