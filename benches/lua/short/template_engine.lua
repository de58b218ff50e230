-- Translates templates to functions and renders pages with them.

local load = loadstring or load
local cache = {}

local function compile(template)
  local found = cache[template]
  if found then return found end
  local code = { "local page, escape = ...\nlocal out = {}\n" }
  local at = 1
  while true do
    local first, last, kind, inner = template:find("<%%([=-]?)%s*(.-)%s*%%>", at)
    local text = template:sub(at, (first or 0) - 1)
    if text ~= "" then code[#code + 1] = string.format("out[#out + 1] = %q\n", text) end
    if not first then break end
    if kind == "=" then
      code[#code + 1] = "out[#out + 1] = escape(" .. inner .. ")\n"
    elseif kind == "-" then
      code[#code + 1] = "out[#out + 1] = tostring(" .. inner .. ")\n"
    else
      code[#code + 1] = inner .. "\n"
    end
    at = last + 1
  end
  code[#code + 1] = "return table.concat(out)"
  found = assert(load(table.concat(code), "=template"))
  cache[template] = found
  return found
end

local entities = { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ['"'] = "&quot;" }
local function escape(v) return (tostring(v):gsub('[<>&"]', entities)) end
local function render(template, page) return compile(template)(page, escape) end

local row = [[<tr class="<%= page.odd and "odd" or "even" %>"><td><%= page.name %></td><td><%- page.price %></td></tr>
]]
local layout = [[<html><head><title><%= page.title %></title></head><body>
<% if #page.rows > 0 then %><table>
<% for i, item in ipairs(page.rows) do %><%- page.row(i, item) %><% end %></table><% else %>nothing<% end %>
<p><%= page.note %></p></body></html>]]

local bytes, last = 0, nil
for n = 1, 100 do
  local rows = {}
  for i = 1, n % 40 do rows[i] = { name = "item <" .. i .. ">", price = i * n % 97 } end
  last = render(layout, {
    title = "Page " .. n, rows = rows, note = 'a & b "c"',
    row = function(i, item) return render(row, { odd = i % 2 == 1, name = item.name, price = item.price }) end,
  })
  -- A template of its own now and then, as pages are written anew.
  bytes = bytes + #last + #render("<b><%= page %></b> number " .. n, n)
end
print(bytes)
print(last)
