-- A float constant in a binary chunk may be any NaN; it is a NaN to the program, and nothing else.
local function replaced(f, word)
  local chunk = string.dump(f, true)
  local from, to = chunk:find(string.pack("<d", 1.5), 1, true)
  local patched = chunk:sub(1, from - 1) .. string.pack("<I8", word) .. chunk:sub(to + 1)
  return assert(load(patched, "=patched", "b"))
end

local functions = {
  load = function() return 1.5 end,
  add = function(a) return a + 1.5 end,
  sub = function(a) return a - 1.5 end,
  mul = function(a) return a * 1.5 end,
  mod = function(a) return a % 1.5 end,
  pow = function(a) return a ^ 1.5 end,
  div = function(a) return a / 1.5 end,
  idiv = function(a) return a // 1.5 end,
  equal = function(a) return a == 1.5 end,
  field = function(t) t = {} t.x = 1.5 return t.x end,
  list = function(t) t = {1.5, 2.5} return t[1] end,
  upvalue = function() local x = 1.5 return (function() x = x return x end)() end,
}
local names = {}
for name in pairs(functions) do names[#names + 1] = name end
table.sort(names)

-- All tags that a word above those of floats can have, and quiet and signalling NaNs of both signs.
local words = {0x7FF0000000000001, 0x7FF8000000000000, 0x7FFFFFFFFFFFFFFF, 0xFFF0000000000001}
for top = 0xFFF8, 0xFFFF do words[#words + 1] = top << 48 | 0x123456789AB0 end

for _, name in ipairs(names) do
  local seen = {}
  for _, word in ipairs(words) do
    local f = replaced(functions[name], word)
    local r
    for i = 1, 300 do r = f(i) end
    seen[#seen + 1] = type(r) == "boolean" and tostring(r) or math.type(r) .. " " .. tostring(r ~= r)
    if name == "load" then print(tostring(r)) end
  end
  print(name, table.concat(seen, ", "))
end

-- The same by way of 'string.unpack', which makes floats as well.
for _, word in ipairs(words) do
  local packed = string.pack("<I8", word)
  local d = string.unpack("<d", packed)
  local f = string.unpack("<f", string.pack("<I4", word >> 32 | 1))
  local again = string.unpack("<d", string.pack("<d", d))
  print(math.type(d), d ~= d, math.type(f), f ~= f, again ~= again, tostring(d), d + 1 ~= d + 1)
end
