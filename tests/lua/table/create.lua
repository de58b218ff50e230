-- table.create preallocates; the table behaves like any other.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

local t = table.create(10)
print(#t, next(t), t[1], type(t), getmetatable(t))
for i = 1, 10 do t[i] = i * i end
print(#t, table.concat(t, " "))
t[11] = "past the preallocated part"
print(#t, t[11])

t = table.create(0)
print(#t, next(t))
t = table.create(0, 8)
print(#t, next(t))
for i = 1, 20 do t["k" .. i] = i end
local sum = 0
for _, v in pairs(t) do sum = sum + v end
print(sum, #t)

t = table.create(4, 4)
t.name, t.size, t[1], t[2] = "n", 2, "a", "b"
print(#t, t.name, t.size, t[1], t[2], t[3])
t = table.create(100)
t[50] = "hole"
print(t[50], t[49], t[51])
t[50] = nil
print(next(t), #t)
t = table.create("3", "2")
print(#t)
t = table.create(3.0)
t[1], t[2], t[3] = 1, 2.5, "x"
print(#t, t[1], t[2], t[3])
local a, b = table.create(2), table.create(2)
print(a == b, rawlen(a), rawequal(a, a))
setmetatable(a, { __index = function(_, k) return "default " .. tostring(k) end })
print(a[1], a.x, rawget(a, 1))
local count = 0
for _ in pairs(table.create(1000, 1000)) do count = count + 1 end
print(count, ipairs(table.create(5))(table.create(5), 0))
table.insert(b, "x")
print(#b, table.remove(b), #b)

e(table.create)
e(table.create, nil)
e(table.create, "x")
e(table.create, {})
e(table.create, 1.5)
e(table.create, -1)
e(table.create, 1, -1)
e(table.create, 1, "x")
e(table.create, 1, 0.5)
e(table.create, 1 << 31)
e(table.create, 1, 1 << 31)
e(table.create, math.maxinteger)
e(table.create, math.mininteger)
e(table.create, 0, math.maxinteger)
e(function() return table.create(-5) end)
