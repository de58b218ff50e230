-- Loads modules of some hundred kilobytes together, and calls one function of each: what tools and test suites do.

local function module_text(n)
  local parts = { "local M = { name = 'module" .. n .. "', version = '1." .. n .. "' }\n" }
  for f = 1, 60 do
    parts[#parts + 1] = string.format([[
--- Does what number %d does.
function M.operation_%d(first, second, options)
  options = options or {}
  local limit = options.limit or %d
  if type(first) ~= "string" then
    return nil, "a string is needed, not a " .. type(first)
  end
  local result = { kind = "operation_%d", count = 0, items = {} }
  for word in first:gmatch("%%S+") do
    if #result.items >= limit then break end
    result.count = result.count + 1
    result.items[#result.items + 1] = { text = word, at = result.count, mark = second and second[word] }
  end
  return result
end

]], f, f, f + n, f)
  end
  parts[#parts + 1] = "function M.main(text) return M.operation_" .. (n % 60 + 1) .. "(text, { b = true }) end\nreturn M\n"
  return table.concat(parts)
end

local load = loadstring or load
local count, bytes = 0, 0
for n = 1, 12 do
  local text = module_text(n)
  bytes = bytes + #text
  local M = assert(load(text, "=module" .. n))()
  local result = assert(M.main("a b c d e f g h i j k l m n o p q r s t u v w x y z"))
  count = count + result.count + #result.items
  print(M.name, M.version, result.kind, result.count, M.operation_1(5))
end
print(count, bytes)
