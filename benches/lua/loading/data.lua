-- Loads a large text of nested constructors, as files of data have them.
local load = rawget(_G, "loadstring") or load

local function source(count)
  local parts = {}
  for i = 1, count do
    parts[i] = ('{ id = %d, name = "thing %d", place = { x = %d.5, y = -%d }, tags = { "a", "b%d" }, ["on sale"] = %s },\n')
      :format(i, i, i, i, i % 7, tostring(i % 3 == 0))
  end
  return "return {\n" .. table.concat(parts) .. "}"
end

local function run(n)
  local text = source(2000)
  local check, bytes = 0, 0
  for i = 1, n do
    local chunk = assert(load(text .. "\n-- " .. i))
    bytes = bytes + #text
    if i == 1 then
      local things = chunk()
      check = #things .. " " .. things[1999].place.y .. " " .. things[6].tags[2]
    end
  end
  return check, nil, bytes
end

return { name = "data", n = 30, run = run, expect = "2000 -1999 b6" }
