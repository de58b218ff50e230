-- Integer arithmetic wraps around modulo 2^64; run as constants and as variables.
local max, min = math.maxinteger, math.mininteger
print(max + 1 == min, min - 1 == max, max * 2, min * 2, max * max, min * min, min * max)
print(-min == min, -max, min + min, max + max, max - min, min - max)
print(9223372036854775807 + 1, -9223372036854775807 - 2, 9223372036854775807 * 3)
print(min // -1, min % -1, min // 1, min % 1, max // -1, max % -1)
print(min // 2, min % 2, max // 2, max % 2, min // max, min % max, max // min, max % min)
print(3037000500 * 3037000500, 3037000499 * 3037000499, 4294967296 * 4294967296, 4294967295 * 4294967297)
local ops = {
  ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end, ["//"] = function(a, b) return a // b end,
  ["%"] = function(a, b) return a % b end, ["/"] = function(a, b) return a / b end,
  ["^"] = function(a, b) return a ^ b end,
}
local vals = { 0, 1, -1, 2, -2, 7, -7, 1 << 31, 1 << 53, max, min, max - 1, min + 1 }
for _, o in ipairs { "+", "-", "*" } do
  for _, a in ipairs(vals) do
    local row = {}
    for i, b in ipairs(vals) do row[i] = string.format("%q", ops[o](a, b)) end
    print(o, a, table.concat(row, " "))
  end
end
for _, o in ipairs { "//", "%" } do
  for _, a in ipairs(vals) do
    local row = {}
    for _, b in ipairs(vals) do
      if b ~= 0 then row[#row + 1] = string.format("%q", ops[o](a, b)) end
    end
    print(o, a, table.concat(row, " "))
  end
end
for _, a in ipairs { 1, -7, max, min } do
  print("/", a, a / 2, a / -3, a / 0, a ^ 2, a ^ 0, a ^ 0.5 == a ^ 0.5)
end
print(pcall(ops["//"], 1, 0))
print(pcall(ops["%"], 1, 0))
print(pcall(ops["//"], min, 0))
print(pcall(load("return 1 // 0", "=k")))
print(pcall(load("return 1 % 0", "=k")))
print(pcall(load("local x = 0 return 5 % x", "=k")))
print(1 // 0.0, -1 // 0.0, 1 % 0.0 ~= 1 % 0.0, 1.0 // 0, 0 / 0 ~= 0 / 0)
