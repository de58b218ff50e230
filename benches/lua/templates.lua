-- Rendering templates with gsub: patterns, table and function replacements.
local template = [[
<article id="{{id}}">
  <h1>{{title}}</h1>
  {{#each tags}}<li>{{.}}</li>{{/each}}
  <p>{{body}}</p>
  <footer>{{author}} &middot; {{date}}</footer>
</article>
]]

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function render(text, values)
  text = text:gsub("{{#each (%w+)}}(.-){{/each}}", function(name, inner)
    local out = {}
    for i, item in ipairs(values[name]) do out[i] = inner:gsub("{{%.}}", item) end
    return table.concat(out)
  end)
  return (text:gsub("{{(%w+)}}", function(name)
    local value = values[name]
    if value == nil then return "{{" .. name .. "}}" end
    return (tostring(value):gsub('[&<>"]', entities))
  end))
end

local function run(n)
  local length, marks = 0, 0
  for i = 1, n do
    local page = render(template, {
      id = i, title = 'Notes & "remarks" <' .. i .. ">", tags = { "moon", "orbit", "tide" },
      body = ("The night is <b>clear</b> & long. "):rep(4), author = "A. N. Author", date = "2026-11-" .. i % 28 + 1,
    })
    length = length + #page
    local _, count = page:gsub("&%a+;", "")
    marks = marks + count
  end
  return length .. " " .. marks
end

return { name = "templates", n = 9300, run = run, expect = "3640394 241800" }
