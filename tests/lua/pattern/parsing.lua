-- Everyday parsing with patterns.
local function split(s, separator, plain)
  local out, from = {}, 1
  while true do
    local a, b = s:find(separator, from, plain)
    if not a then
      out[#out + 1] = s:sub(from)
      return out
    end
    out[#out + 1] = s:sub(from, a - 1)
    from = b + 1
  end
end
print(table.concat(split("a,b,,c,", ",", true), "|"), #split("", ","), #split(",", ","))
print(table.concat(split("one  two\tthree", "%s+"), "|"), table.concat(split("a.b.c", ".", true), "|"))

-- An ini file.
local ini = [[
; comment
[server]
host = example.org
port=8080
  path = "/a b"

[empty]
[client]
retries = 3 ; not more
]]
local section, conf, order = nil, {}, {}
for line in ini:gmatch("[^\n]+") do
  local name = line:match("^%[(%w+)%]$")
  local key, value = line:match("^%s*(%w+)%s*=%s*(.-)%s*$")
  if name then
    section, conf[name] = name, {}
    order[#order + 1] = name
  elseif key and not line:match("^%s*;") then
    value = value:gsub("%s*;.*", ""):gsub('^"(.*)"$', "%1")
    conf[section][key] = tonumber(value) or value
  end
end
for _, name in ipairs(order) do
  local keys = {}
  for k, v in pairs(conf[name]) do keys[#keys + 1] = k .. "=" .. string.format("%q", v) end
  table.sort(keys)
  print(name, table.concat(keys, " "))
end

-- CSV with quoted fields.
local function csv(line)
  local out, at = {}, 1
  repeat
    local quoted, stop = line:match('^"(.-)"()', at)
    if quoted then
      while line:sub(stop, stop) == '"' do
        local more, after = line:match('^(.-)"()', stop + 1)
        quoted, stop = quoted .. '"' .. more, after
      end
      out[#out + 1] = quoted
    else
      out[#out + 1], stop = line:match("^([^,]*)()", at)
    end
    at = stop + 1
  until stop > #line
  return out
end
for _, line in ipairs { 'a,b,c', '"x, y",2', '"he said ""no""",,z', '1,"",3' } do
  local f = csv(line)
  print(#f, table.concat(f, "|"))
end

-- URLs, templates, numbers, identifiers, comments.
print(("https://user@host.org:8080/a/b?x=1&y=two#frag"):match("^(%a+)://([^/:@]*)@?([^/:]*):?(%d*)([^?#]*)%??([^#]*)#?(.*)$"))
print((("Dear ${name}, ${n} new ${n==1 and 'mail' or 'mails'}"):gsub("%${(.-)}", function(code)
  return tostring(load("return " .. code, "t", "t", { name = "Ada", n = 2 })())
end)))
for _, w in ipairs { "12", "-3.5", "1e10", ".5", "0x1F", "abc", "1.2.3", "" } do
  io.write(w, ":", w:match("^[+-]?%d+$") and "int" or w:match("^[+-]?%d*%.?%d+[eE]?%d*$") and "float" or w:match("^0[xX]%x+$") and "hex" or "no", " ")
end
print()
print((("a = 1 -- set a\nb = '--' .. c -- d"):gsub("%s*%-%-[^\n']*", "")))
print((("snake_case_name"):gsub("_(%l)", string.upper)), (("camelCaseName"):gsub("%u", function(c) return "_" .. c:lower() end)))
print((("  many   spaces here "):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")) .. "|")
print(("2026-11-22"):gsub("(%d+)-(%d+)-(%d+)", "%3.%2.%1"), ("x"):rep(3, "-"):gsub("%-", "+"))
