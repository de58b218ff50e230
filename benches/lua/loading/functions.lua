-- Loads a large text of small functions, as programs have them.
local load = rawget(_G, "loadstring") or load

local function source(count)
  local parts = {}
  for i = 1, count do
    parts[#parts + 1] = ([[
-- Function number @: takes a record apart.
local function process@(record, limit)
  local total, names = 0, {}
  for index, item in ipairs(record.items) do
    if item.weight > limit and item.name ~= "nothing" then
      total = total + item.weight * @ - limit / 2
      names[#names + 1] = item.name .. ":" .. index
    elseif not item.ready then
      return nil, "item " .. index .. " isn't ready"
    end
  end
  while total > 1000 do total = total - #names end
  return { total = total, names = names, key = "r@" }
end
handlers["process@"] = process@
]]):gsub("@", tostring(i))
    -- No function has more than 200 locals.
    if i % 100 == 0 then parts[#parts + 1] = "end)(); (function()\n" end
  end
  return "local handlers = {} ; (function()\n" .. table.concat(parts) .. "end)() return handlers"
end

local function run(n)
  local text = source(300)
  local check, bytes = 0, 0
  for i = 1, n do
    local chunk = assert(load(text .. "\n-- " .. i))
    bytes = bytes + #text
    if i == 1 then
      local result = chunk().process7({ items = { { weight = 9, name = "x", ready = true } } }, 2)
      check = math.floor(result.total)
    end
  end
  return check, nil, bytes
end

return { name = "functions", n = 40, run = run, expect = "62" }
