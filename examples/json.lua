-- A JSON encoder and decoder, shown by a round trip.
--
-- The decoder dispatches on the first byte of a value and lets string patterns do the
-- scanning. The encoder sorts keys, so equal values give equal text. Arrays are marked by
-- a metatable, which keeps `[]` and `{}` apart.

local json = {}
json.null = setmetatable({}, { __tostring = function() return "null" end })

local Array <const> = { __name = "json.array" }
function json.array(list) return setmetatable(list or {}, Array) end

-- Decoding -------------------------------------------------------------------------

local escapes <const> = {
  b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/",
}

local function fail(text, at, message)
  local _, line = text:sub(1, at - 1):gsub("\n", "")
  local column = at - (text:sub(1, at - 1):match(".*()\n") or 0)
  error(string.format("line %d, column %d: %s", line + 1, column, message), 0)
end

local function skip(text, at) return text:find("[^ \n\r\t]", at) or #text + 1 end

local decodeValue

local function decodeString(text, at)
  local parts = {}
  local from = at + 1
  while true do
    local stop = text:find('["\\%c]', from) or fail(text, at, "unfinished string")
    parts[#parts + 1] = text:sub(from, stop - 1)
    local byte = text:sub(stop, stop)
    if byte == '"' then return table.concat(parts), stop + 1 end
    if byte ~= "\\" then fail(text, stop, "control character in a string") end
    local code = text:sub(stop + 1, stop + 1)
    from = stop + 2
    if code == "u" then
      local high = tonumber(text:match("^%x%x%x%x", from) or fail(text, stop, "bad \\u escape"), 16)
      from = from + 4
      local low = high >> 10 == 0x36 and text:match("^\\u([dD][c-fC-F]%x%x)", from)
      if low then
        high = 0x10000 + ((high & 0x3FF) << 10 | tonumber(low, 16) & 0x3FF)
        from = from + 6
      end
      parts[#parts + 1] = utf8.char(high)
    else
      parts[#parts + 1] = escapes[code] or fail(text, stop, "unknown escape")
    end
  end
end

local function decodeArray(text, at)
  local list = json.array()
  at = skip(text, at + 1)
  if text:sub(at, at) == "]" then return list, at + 1 end
  while true do
    list[#list + 1], at = decodeValue(text, at)
    at = skip(text, at)
    local separator = text:sub(at, at)
    if separator == "]" then return list, at + 1 end
    if separator ~= "," then fail(text, at, "expected ',' or ']'") end
    at = skip(text, at + 1)
  end
end

local function decodeObject(text, at)
  local object = {}
  at = skip(text, at + 1)
  if text:sub(at, at) == "}" then return object, at + 1 end
  while true do
    if text:sub(at, at) ~= '"' then fail(text, at, "expected a key") end
    local key
    key, at = decodeString(text, at)
    at = skip(text, at)
    if text:sub(at, at) ~= ":" then fail(text, at, "expected ':'") end
    object[key], at = decodeValue(text, skip(text, at + 1))
    at = skip(text, at)
    local separator = text:sub(at, at)
    if separator == "}" then return object, at + 1 end
    if separator ~= "," then fail(text, at, "expected ',' or '}'") end
    at = skip(text, at + 1)
  end
end

local words <const> = { ["true"] = true, ["false"] = false, null = json.null }

function decodeValue(text, at)
  local first = text:sub(at, at)
  if first == "{" then return decodeObject(text, at) end
  if first == "[" then return decodeArray(text, at) end
  if first == '"' then return decodeString(text, at) end
  local number, stop = text:match("^(-?%d+%.?%d*[eE]?[-+]?%d*)()", at)
  if number then return tonumber(number) or fail(text, at, "bad number"), stop end
  local word = text:match("^%a+", at)
  if word and words[word] ~= nil then return words[word], at + #word end
  fail(text, at, word and "unknown word '" .. word .. "'" or "expected a value")
end

function json.decode(text)
  local value, at = decodeValue(text, skip(text, 1))
  at = skip(text, at)
  if at <= #text then fail(text, at, "text after the value") end
  return value
end

-- Encoding -------------------------------------------------------------------------

local shortEscapes <const> = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quote(s)
  return '"' .. s:gsub('[%c"\\]', function(c)
    return shortEscapes[c] or string.format("\\u%04x", c:byte())
  end) .. '"'
end

-- Values that fit into `width` stay on one line.
function json.encode(value, width, indent)
  width, indent = width or math.huge, indent or ""
  if value == json.null then return "null" end
  if type(value) == "string" then return quote(value) end
  if type(value) ~= "table" then return tostring(value) end

  local isArray <const> = getmetatable(value) == Array
  local deeper <const> = indent .. "  "
  local parts = {}
  if isArray then
    for i, item in ipairs(value) do parts[i] = json.encode(item, width, deeper) end
  else
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys)
    for i, key in ipairs(keys) do
      parts[i] = quote(key) .. ": " .. json.encode(value[key], width, deeper)
    end
  end

  local open, close = table.unpack(isArray and { "[", "]" } or { "{", "}" })
  local flat <const> = open .. table.concat(parts, ", ") .. close
  if #indent + #flat <= width and not flat:find("\n", 1, true) then return flat end
  return open .. "\n" .. deeper .. table.concat(parts, ",\n" .. deeper) .. "\n" .. indent .. close
end

-- A round trip ---------------------------------------------------------------------

local source <const> = [[
{"name":"Luna 2","launched":1959,"mass_kg":390.2,"crew":[],"reached_moon":true,"landing_site":null,
 "note":"first \"hard\" landing \u2014 \ud83c\udf19 \u043b\u0443\u043d\u0430","orbit":{},
 "events":[{"at":"06:39","what":"liftoff"},{"at":"21:02","what":"impact","speed_m_s":3.3e3}],
 "samples":[1,2,3,-4,5.5,0.1,1e100,9007199254740993]}]]

local value = json.decode(source)
local pretty = json.encode(value, 60)
print(pretty)
print()
print("round trip is stable:", json.encode(json.decode(pretty)) == json.encode(value))
print("compact text:        ", #json.encode(value) .. " bytes, source had " .. #source)
print("integers stay exact: ", value.samples[8], math.type(value.samples[8]))

print("\nerrors point at the place:")
for _, bad in ipairs { '[1, 2', '{"a": tru}', '{"a" 1}', '"\\x"', '[1,\n 2,\n x]', '1 2' } do
  print(("  %-16s %s"):format((bad:gsub("\n", " ")), select(2, pcall(json.decode, bad))))
end
