-- Functions that are loaded, run once and forgotten, so many that their memory is used again for others.
local function try(source) return pcall(load(source)) end
local n = 0
for i = 1, 3000 do
  local _, t = try("local t = {} t.a = {} t.b = t.a return t")
  try("return {}, {}, {}")
  if t.a == t.b then n = n + 1 end
  local kept = {}
  for k = 1, 5 do kept[k] = { k, name = "n" .. k } end
end
print(n)
