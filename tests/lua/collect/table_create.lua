-- table.create: sizes, contents, errors.
local t = table.create(10)
print(#t, next(t), t[1], getmetatable(t), type(t))
for i = 1, 10 do t[i] = i * i end
print(#t, t[10], table.concat(t, " "))
t[11] = "more"
print(#t)
local r = table.create(0, 8)
print(#r, next(r))
r.x, r.y = 1, 2
print(r.x, r.y, #r)
local both = table.create(4, 4)
for i = 1, 4 do both[i] = i both["k" .. i] = i end
local n = 0
for _ in pairs(both) do n = n + 1 end
print(n, #both)
print(#table.create(0), #table.create(0, 0), #table.create(5.0), #table.create("7"), #table.create(3, "2"))
print(table.create(1) == table.create(1))
-- Insertion, sorting, moving and unpacking behave as for any table.
local s = table.create(3)
table.insert(s, "c")
table.insert(s, 1, "a")
table.insert(s, 2, "b")
print(table.concat(s, ","), table.remove(s), #s, table.unpack(s))
table.sort(s, function(a, b) return a > b end)
print(table.concat(table.move(s, 1, 2, 1, table.create(2)), ","))
print(select("#", table.unpack(table.create(3), 1, 3)))
-- Large sizes that fit.
local big = table.create(100000, 1000)
big[100000] = "last"
print(big[100000], big[99999], next(big))
-- Errors.
print(pcall(table.create))
print(pcall(table.create, "x"))
print(pcall(table.create, {}))
print(pcall(table.create, nil))
print(pcall(table.create, 1.5))
print(pcall(table.create, -1))
print(pcall(table.create, 0, -1))
print(pcall(table.create, 1, "y"))
print(pcall(table.create, 1 << 40))
print(pcall(table.create, 0, 1 << 40))
print(pcall(table.create, math.maxinteger))
print(pcall(table.create, math.mininteger))
