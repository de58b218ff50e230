-- Arithmetic whose operand kinds change while the same code keeps running.
local function add(a, b) return a + b end
local function lt(a, b) return a < b end
local function eq(a, b) return a == b end
local function cat(a, b) return a .. b end
local function get(t, k) return t[k] end
local vals = { 1, 2.5, "3", "0x10", -7, 1e300, math.maxinteger, "1e1" }
local out = {}
for round = 1, 40 do
  local acc = round % 2 == 0 and 0 or 0.0
  for i = 1, #vals do acc = add(acc, vals[(i + round) % #vals + 1]) end
  if round <= 4 or round > 38 then out[#out + 1] = tostring(acc) end
end
print(table.concat(out, " "))
local kinds = {}
for i = 1, 200 do
  local x = i % 3 == 0 and i or i % 3 == 1 and i + 0.5 or tostring(i)
  local ok, r = pcall(lt, x, 50)
  local k = ok and tostring(r) or r:match(": (.*)$")
  kinds[k] = (kinds[k] or 0) + 1
end
for _, k in ipairs { "true", "false", "attempt to compare string with number" } do print(k, kinds[k]) end
local e = 0
for i = 1, 300 do
  local x = i % 2 == 0 and i or i + 0.0
  if eq(x, i) then e = e + 1 end
  if eq(tostring(x), tostring(i)) then e = e + 1000 end
  if eq(x, nil) or eq({}, {}) or eq(x, tostring(x)) then e = e + 1000000 end
end
print(e)
local s = ""
for i = 1, 30 do s = cat(s, i % 3 == 0 and i or i % 3 == 1 and i / 2 or "x") end
print(s)
local t = { 10, 20, 30, x = "field", [1.5] = "frac", [true] = "bool" }
local keys = { 1, 2.0, "x", 1.5, true, 3, "1", false, 4, "y" }
for r = 1, 3 do
  local o = {}
  for _ = 1, 30 do for i, k in ipairs(keys) do o[i] = tostring(get(t, k)) end end
  print(table.concat(o, " "))
  t.y = r; t[4] = r * 10; t["1"] = "s" .. r; t[false] = r
end
for r = 1, 3 do
  local strs = 0
  for _ = 1, 50 do if get("abc", "len") == string.len then strs = strs + 1 end end
  print(strs, get("abc", 1), get(t, r), pcall(get, nil, r))
end
-- integer overflow appears in the middle of a hot loop
local p, wraps = 1, 0
for i = 1, 200 do
  local q = p * 3
  if q < p then wraps = wraps + 1 end
  p = q
end
print(p, wraps)
local f, m = 1, 1
for i = 1, 400 do f = add(f, f) m = m * 2.0 end
print(f, m)
local g = 1
for i = 1, 400 do g = add(g, i > 200 and g + 0.0 or 1) end
print(g)
