-- Reads a configuration in the style of INI files once, checks it and prints what it says: a few milliseconds.

local lines = { "# Written by hand, so with comments and odd spaces.", "" }
for section = 1, 40 do
  lines[#lines + 1] = string.format("[server.%d]", section)
  lines[#lines + 1] = "  host = host" .. section .. ".example.org"
  lines[#lines + 1] = "port=" .. 8000 + section .. "   ; the usual one"
  lines[#lines + 1] = "enabled = " .. (section % 3 == 0 and "no" or "yes")
  lines[#lines + 1] = "timeout = " .. section / 4
  for alias = 1, section % 5 do
    lines[#lines + 1] = "alias[] = \"name " .. alias .. "\""
  end
end
local text = table.concat(lines, "\n")

local converters = {
  { "^(%-?%d+)$", tonumber },
  { "^(%-?%d*%.%d+)$", tonumber },
  { "^\"(.*)\"$", function(s) return s end },
}

local function value(s)
  if s == "yes" then return true elseif s == "no" then return false end
  for _, converter in ipairs(converters) do
    local found = s:match(converter[1])
    if found then return converter[2](found) end
  end
  return s
end

local function parse(source)
  local config, order, current = {}, {}, nil
  local number = 0
  for text_of_line in (source .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    local line = text_of_line:gsub("%s*[#;].*$", ""):match("^%s*(.-)%s*$")
    local section = line:match("^%[([%w%.]+)%]$")
    if section then
      current = {}
      config[section] = current
      order[#order + 1] = section
    elseif line ~= "" then
      local key, rest = line:match("^([%w_%[%]]+)%s*=%s*(.*)$")
      if not key then error("line " .. number .. ": what is this?") end
      local list = key:match("^(.-)%[%]$")
      if list then
        current[list] = current[list] or {}
        table.insert(current[list], value(rest))
      else
        current[key] = value(rest)
      end
    end
  end
  return config, order
end

local required = { host = "string", port = "number", enabled = "boolean", timeout = "number" }
local config, order = parse(text)
for _, name in ipairs(order) do
  for key, kind in pairs(required) do
    if type(config[name][key]) ~= kind then error(name .. "." .. key) end
  end
end
table.sort(order)
for _, name in ipairs(order) do
  local s = config[name]
  print(name, s.host, s.port, tostring(s.enabled), string.format("%.2f", s.timeout), table.concat(s.alias or {}, "|"))
end
