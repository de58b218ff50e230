-- Equality in code that has run often, of numbers of all kinds with registers and constants, after each kind has been seen
-- alone, and with what is no number in between.

local nan, inf = 0 / 0, 1 / 0
local values = {
  0, 1, -1, 2, 0.0, -0.0, 1.0, -1.0, 2.5, nan, inf, -inf, 1 << 53, 2.0 ^ 53, (1 << 53) + 1, (1 << 47) - 1, 2.0 ^ 47, 1 << 62,
  2.0 ^ 62, math.maxinteger, 2.0 ^ 63, math.mininteger, -2.0 ^ 63, "1", "", true, false, {}, print,
}

local tests = {
  function(x) if x == 1 then return 1 end return 0 end,
  function(x) if x ~= 1 then return 1 end return 0 end,
  function(x) if x == 1.0 then return 1 end return 0 end,
  function(x) if x == -0.0 then return 1 end return 0 end,
  function(x) if x == 2.5 then return 1 end return 0 end,
  function(x) if x ~= 2.5 then return 1 end return 0 end,
  function(x) if x == 9007199254740992 then return 1 end return 0 end,
  function(x) if x == 9007199254740993 then return 1 end return 0 end,
  function(x) if x == 0x1p53 then return 1 end return 0 end,
  function(x) if x == 0x7fffffffffff then return 1 end return 0 end,
  function(x) if x == 0x1p63 then return 1 end return 0 end,
  function(x) return x == 0 and 1 or 0 end,
  function(x) while x ~= 1.0 do return 1 end return 0 end,
}

for number, make in ipairs(tests) do
  -- What is seen first decides what the code is made for.
  local line = {}
  for _, first in ipairs { 3, 3.5, nan, "x" } do
    local test = load(string.dump(make))
    for _ = 1, 200 do test(first) end
    local sum = 0
    for i, v in ipairs(values) do sum = sum * 2 % 1000000007 + test(v) end
    if first == 3.5 then for _ = 1, 100 do test(1) test(1.0) end end
    for i, v in ipairs(values) do sum = sum * 2 % 1000000007 + test(v) end
    line[#line + 1] = sum
  end
  print(number, table.concat(line, " "))
end

local function equal(x, y) if x == y then return 1 end return 0 end
local function different(x, y) if x ~= y then return 1 end return 0 end
for _, make in ipairs { equal, different } do
  for _, pair in ipairs { { 1, 2 }, { 1.5, 2.5 }, { 1, 2.5 }, { 1 << 60, 2 }, { "a", "b" }, { nan, nan } } do
    local test = load(string.dump(make))
    for _ = 1, 200 do test(pair[1], pair[2]) end
    local sum = 0
    for _ = 1, 3 do
      for _, x in ipairs(values) do
        for _, y in ipairs(values) do sum = sum * 2 % 1000000007 + test(x, y) end
      end
    end
    print(pair[1] == pair[1] and tostring(pair[1]) or "nan", sum)
  end
end
