-- Binding strength and associativity of every operator level.
print(2 + 3 * 4, (2 + 3) * 4, 2 * 3 + 4, 10 - 4 - 3, 10 - (4 - 3), 100 / 10 / 2, 2 ^ 3 ^ 2, (2 ^ 3) ^ 2)
print(-2 ^ 2, (-2) ^ 2, 2 ^ -2, -2 ^ -2, - -2, -3 * -3, 2 ^ - - 2, not 1 == 2, not (1 == 2))
print(7 // 2 * 2, 7 % 4 * 2, 7 * 4 % 5, 2 * 7 // 4, -7 // 2, -(7 // 2), -7 % 3, -(7 % 3))
print("a" .. "b" .. 1 + 2 .. "c", 1 .. 2 + 3 .. 4, "x" .. -1, "x" .. 2 ^ 2, #"abc" + 1, -#"abc", #"ab" .. "c")
print(1 << 2 + 3, (1 << 2) + 3, 1 << 1 << 2, 64 >> 2 >> 1, 1 | 2 ~ 3 & 4, (1 | 2) ~ 3 & 4, 5 & 6 | 1, 1 ~ 3 | 4,
  ~5 & 0xF, ~5 + 1, -1 >> 60)
print(1 + 1 == 2, 1 < 2 == true, "a" < "b" == not false, 1 | 2 == 3 and "eq binds looser", (2 & 3) == 2, 3 & 2 == 2)
print(1 or 2 and 3, (1 or 2) and 3, nil and 1 or 2, false or nil, nil or false, nil and false, false and nil, 1 and 2
  or 3, 1 and nil or 3)
print(not nil and 1, not (nil and 1), not 1 or 2, not nil == true, not not nil, 1 == 1 and 2 == 2, 1 ~= 2 == true, 1 < 2
  and 2 < 3)
print(2 * 3 ^ 2, -3 ^ 2 * 2, 2 ^ 2 * 3, 2 ^ (1 / 2) < 1.5, 8 // 3 ^ 1, 1 - -1, 1 - - - 1, 5 - ~0, - ~ -5, not ~0)
-- the same with variables, so nothing is folded
local a, b, c, d, s, n, t = 2, 3, 4, 5, "s", nil, true
print(a + b * c, a * b + c, d - c - b, a ^ b ^ a, -a ^ a, (-a) ^ a, a ^ -a, not a == b, -b * -b, a .. b .. c + d, s .. -a, #s + a)
print(a << b + c, a | b ~ c & d, ~a & d, d >> a >> a, a < b == t, n and a or b, n or a and b, a and n or c, a or n and c)
print(a + b < c * d, a + b == d, a .. b == "23", a < b and b < c, not (a < b) or s, a // b * b, d % b * a, d * c % b)
-- comparisons do not chain
print(pcall(load("return 1 < 2 < 3", "=p")))
print(pcall(load("return 1 == 1 < 2", "=p")))
print(load("return 1 == 1 == true", "=p")(), load("return 2 ~= 2 ~= true", "=p")(), load("return 1 < 2 ~= (2 < 1)", "=p")())
-- an automatic check of all pairs of binary operators against explicit grouping
local prec = { ["or"] = 1, ["and"] = 2, ["=="] = 3, ["|"] = 4, ["~"] = 5, ["&"] = 6, ["<<"] = 7, [".."] = 8.5,
  ["+"] = 9, ["-"] = 9,
  ["*"] = 10, ["/"] = 10, ["//"] = 10, ["%"] = 10, ["^"] = 11.5 }
local names, agree, total = {}, 0, 0
for k in pairs(prec) do names[#names + 1] = k end
table.sort(names)
for _, x in ipairs(names) do
  for _, y in ipairs(names) do
    local right = prec[y] > prec[x] or (prec[x] == prec[y] and prec[x] % 1 ~= 0)
    local plain = string.format("7 %s 3 %s 2", x, y)
    local grouped = right and string.format("7 %s (3 %s 2)", x, y) or string.format("(7 %s 3) %s 2", x, y)
    local r1, r2 = table.pack(pcall(load("return " .. plain, "=q"))), table.pack(pcall(load("return " .. grouped, "=q")))
    total = total + 1
    if r1[1] == r2[1] and r1[2] == r2[2] then agree = agree + 1 else print(plain, r1[2], grouped, r2[2]) end
  end
end
print(agree, total)
