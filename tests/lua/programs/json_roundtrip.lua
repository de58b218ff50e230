-- A compact JSON codec with strict errors, and round trips through it.
local null = setmetatable({}, { __tostring = function() return "null" end })
local decode, encode

do
  local text, at
  local value
  local function fail(message) error(message .. " at " .. at, 0) end
  local function space() at = text:find("[^ \t\r\n]", at) or #text + 1 end
  local function take(pattern)
    local found = text:match("^" .. pattern, at)
    if found then at = at + #found end
    return found
  end
  local function string()
    local out = {}
    at = at + 1
    while true do
      out[#out + 1] = take '[^"\\%c]*'
      local c = take "."
      if c == '"' then return table.concat(out) end
      if c ~= "\\" then at = at - (c and 1 or 0) fail "unfinished string" end
      local e = take "u%x%x%x%x" or take '["\\/bfnrt]' or fail "bad escape"
      out[#out + 1] = #e > 1 and utf8.char(tonumber(e:sub(2), 16)) or ({ b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" })[e] or e
    end
  end
  local function items(close, one)
    local out = {}
    at = at + 1
    space()
    if take(close) then return out end
    repeat
      space()
      one(out)
      space()
    until not take ","
    return take(close) and out or fail("expected , or " .. close:sub(-1))
  end
  function value()
    space()
    local c = text:sub(at, at)
    if c == "{" then
      return items("}", function(out)
        if text:sub(at, at) ~= '"' then fail "expected a key" end
        local key = string()
        space()
        if not take ":" then fail "expected :" end
        out[key] = value()
      end)
    elseif c == "[" then
      local out = items("%]", function(out) out[#out + 1] = value() end)
      return setmetatable(out, { __name = "array" })
    elseif c == '"' then
      return string()
    end
    local number = take "-?%d+%.?%d*[eE]?[+-]?%d*"
    if number then return tonumber(number) or fail "bad number" end
    for word, v in pairs { ["true"] = true, ["false"] = false, null = null } do
      if take(word) then return v end
    end
    fail "unexpected character"
  end
  function decode(s)
    text, at = s, 1
    local v = value()
    space()
    if at <= #text then fail "trailing text" end
    return v
  end
end

function encode(v)
  local kind = type(v)
  if v == null or kind == "boolean" or math.type(v) == "integer" then return tostring(v) end
  if kind == "number" then
    if v ~= v or v == math.huge or v == -math.huge then error("number not representable", 0) end
    return ("%.17g"):format(v)
  elseif kind == "string" then
    return '"' .. v:gsub('[%c"\\\127]', function(c)
      return ({ ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" })[c] or ("\\u%04x"):format(c:byte())
    end) .. '"'
  elseif kind ~= "table" then
    error("cannot encode a " .. kind, 0)
  end
  local parts = {}
  if getmetatable(v) then
    for i, item in ipairs(v) do parts[i] = encode(item) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  local keys = {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys)
  for i, k in ipairs(keys) do parts[i] = encode(k) .. ":" .. encode(v[k]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

for _, s in ipairs {
  "1", " -12.5e2 ", '"a\\"b\\\\c\\u00e9\\n"', "[]", "{}", "[1, [2, [3, []]], {}]", '{"b": 1, "a": [true, false, null], "c": {"d": "e"}}',
  "0.1", "12345678901234567890", "9007199254740993", '"\\u20ac"', "[ ]", "{ }", "1e3", '{"k":{"k":{"k":null}}}', '""',
} do
  local v = decode(s)
  local text = encode(v)
  print(s, text, encode(decode(text)) == text)
end
for _, s in ipairs { "", "[1,", "[1 2]", "{1:2}", '{"a" 1}', '"abc', '"a\nb"', '"\\x"', "tru", "[1],", "nul", "-", "1.2.3", '{"a":1,}', "[,]", "}" } do
  print(("%q"):format(s), select(2, pcall(decode, s)))
end
print(pcall(encode, print), pcall(encode, 0/0), pcall(encode, { [1] = { 2 } }))
local deep = ("["):rep(100) .. ("]"):rep(100)
print(encode(decode(deep)) == deep, #encode(decode("[" .. ("1,"):rep(2000) .. "1]")))
