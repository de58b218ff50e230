-- A list constructor asks for memory while its values are on the stack alone.
local function many(n)
  local t = {}
  for i = 1, n do t[i] = { i } end
  return table.unpack(t)
end
local function sum(t)
  local s = 0
  for i = 1, #t do s = s + t[i][1] end
  return s
end
for round = 1, 5 do
  local t = { "first", many(3000) }
  t[1] = { 0 }
  print(#t, sum(t))
end
local function passed(...) return { ... } end
for round = 1, 5 do
  local t = passed(many(2000))
  print(#t, sum(t))
end
