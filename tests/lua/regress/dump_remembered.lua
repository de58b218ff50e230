-- A chunk that was dumped or loaded before isn't verified again; one that differs from it in a byte is.
local function outer(n)
  local t = { 1, 2, n = n }
  return function(a) t.n = t.n + a; return t.n, #t end
end
local d = string.dump(outer)
for i = 1, 3 do
  print(load(d, "d", "b")(i)(10))
  print(load(string.dump(outer, true), "d", "b")(i)(20))
end
local loaded, refused = 0, 0
for i = 1, #d do
  for _, change in ipairs { 1, 128 } do
    local c = d:sub(1, i - 1) .. string.char((d:byte(i) + change) % 256) .. d:sub(i + 1)
    if load(c, "c", "b") then loaded = loaded + 1 else refused = refused + 1 end
  end
  assert(not load(d:sub(1, i - 1), "c", "b"))
end
assert(refused > 0 and loaded + refused == 2 * #d)
-- Many others in between.
for i = 1, 200 do assert(load(string.dump(assert(load("return " .. i))), "n", "b")() == i) end
print(load(d, "d", "b")(1)(2))
