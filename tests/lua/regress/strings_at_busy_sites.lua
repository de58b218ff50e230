-- A site that has seen too many shapes, and then strings, over and over.
local function length(x) return x.len end
for i = 1, 40 do
  local t = {["k" .. i] = i}
  t.len = i
  length(t)
end
local same = true
for _ = 1, 70000 do same = same and length("s") == string.len end
print(same)
