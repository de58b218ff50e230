-- Patterns of many items.
local p = "[a-z]?"
while true do
  p = p .. p
  string.find("x", p)
  string.gsub("x", p, "")
end
