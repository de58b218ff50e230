-- Arrays: appending, popping, holes, other key kinds, element kinds, conversions.
local a = {} for i = 1, 1000 do a[i] = i * 2 end print(#a, a[1], a[500], a[1000], a[0], a[1001])
for i = 1, 1000 do a[#a] = nil end print(#a, next(a)) for i = 1, 10 do a[#a + 1] = i end print(#a, table.concat(a, ","))
table.insert(a, 1, "first") table.insert(a, "last") table.insert(a, 6, "mid")
print(table.concat(a, " "), table.remove(a, 1), table.remove(a), table.remove(a, 5), #a)
-- reverse filling, sparse filling, negative and zero indexes
local r = {} for i = 100, 1, -1 do r[i] = i end print(#r, r[50]) local n = {}
for i = -5, 5 do n[i] = i end print(#n, n[-5], n[0], n[5])
local sp = { [1] = 1, [1000] = 1000, [1000000] = 1e6 } print(sp[1], sp[1000], sp[1000000], sp[2])
for i = 2, 100 do sp[i] = i end print(sp[100], sp[101], sp[1000])
-- elements of every kind, homogeneous arrays that turn mixed
local ints, floats, mix = {}, {}, {} for i = 1, 200 do ints[i] = i floats[i] = i + 0.5 mix[i] = i end
ints[100] = 1 << 60 ints[101] = math.mininteger ints[102] = -1
print(ints[99], ints[100], ints[101], ints[102], math.type(ints[100]))
floats[100] = 7
print(floats[99], floats[100], math.type(floats[100]), math.type(floats[99]))
mix[50] = "str" mix[51] = 2.5 mix[52] = true mix[53] = false mix[54] = mix mix[55] = print
mix[56] = nil
print(mix[49], mix[50], mix[51], mix[52], mix[53], mix[54] == mix, mix[55] == print, mix[56], mix[57])
local f2i = {} for i = 1, 50 do f2i[i] = i * 1.0 end
for i = 1, 50 do f2i[i] = i % 2 == 0 and i or f2i[i] end
print(f2i[1], f2i[2], math.type(f2i[1]), math.type(f2i[2]))
local bits = {} for i = 1, 64 do bits[i] = 1 << (i - 1) end
print(bits[1], bits[32], bits[48], bits[63], bits[64])
local nanarr = { 1.5, 0 / 0, 2.5 }
print(nanarr[2] ~= nanarr[2], nanarr[1], nanarr[3], #nanarr)
local negz = { 0.0, -0.0, 0 } print(1 / negz[1], 1 / negz[2], negz[3])
-- sums over changing arrays
local function sum(t) local s = 0 for i = 1, #t do s = s + t[i] end return s end
local t = {} for i = 1, 100 do t[i] = i end print(sum(t)) t[50] = 0.5 print(sum(t)) t[51] = "10"
print(sum(t)) t[52] = 1 << 62 t[53] = 1 << 62 print(sum(t)) t[54] = {} print(pcall(sum, t))
t[54] = nil
print(pcall(function() local s = 0 for i = 1, 100 do s = s + t[i] end return s end))
-- holes and borders: filling a hole again makes the length whole
local h = {} for i = 1, 64 do h[i] = i end h[32] = nil h[32] = "back" print(#h, h[32])
for i = 33, 64 do h[i] = nil end print(#h) h[33] = 1 print(#h)
-- string and array keys in one table
local both = { 1, 2, 3, name = "n", [4] = 4, ["5"] = "five" }
both[5] = 5 both.x = "x" both[6.0] = 6
print(#both, both.name, both["5"], both[5], both.x, both[6])
for i = 1, 6 do both[i] = nil end print(#both, both.name, both.x)
for i = 1, 300 do both[i] = i both["s" .. i] = i end print(#both, both[300], both.s300, both.name)
-- queue: growing at one end and shrinking at the other
local q, head, tail = {}, 1, 0
for i = 1, 2000 do tail = tail + 1 q[tail] = i if i % 3 ~= 0 then q[head] = nil head = head + 1 end end
print(tail - head + 1, q[head], q[tail], q[head - 1])
-- matrix and transposition, 2-d with row reuse
local m = {}
for i = 1, 20 do m[i] = {} for j = 1, 20 do m[i][j] = i * 100 + j end end
local tr = {}
for i = 1, 20 do tr[i] = {} for j = 1, 20 do tr[i][j] = m[j][i] end end
print(tr[3][7], m[3][7], tr[20][1]) m[1], m[2] = m[2], m[1] print(m[1][1], m[2][1])
-- swapping, reversing, shuffling in place, sieve, sort
local s = { 5, 3, 9, 1, 7 }
for i = 1, #s // 2 do s[i], s[#s - i + 1] = s[#s - i + 1], s[i] end
print(table.concat(s, " "))
for i = 1, #s do for j = 1, #s - i do if s[j] > s[j + 1] then s[j], s[j + 1] = s[j + 1], s[j] end end end
print(table.concat(s, " "))
local sieve, primes = {}, 0 for i = 2, 1000 do sieve[i] = true end
for i = 2, 1000 do if sieve[i] then primes = primes + 1 for j = i * i, 1000, i do sieve[j] = false end end end
print(primes, sieve[997], sieve[999])
local big, x = {}, 12345
for i = 1, 500 do x = (x * 1103515245 + 12345) & 0x7fffffff big[i] = x end
table.sort(big) local ok = true for i = 2, 500 do ok = ok and big[i - 1] <= big[i] end
print(ok, big[1], big[500])
-- table.move, unpack, concat of ranges; index by float loop
local mv = table.move({ 1, 2, 3, 4, 5 }, 2, 4, 1) print(table.concat(mv, " "))
mv = table.move({ 1, 2, 3 }, 1, 3, 3) print(table.concat(mv, " "))
print(table.concat(table.move({ 1, 2, 3 }, 1, 3, 2, {}), " ", 2, 4))
print(table.unpack({ 1, 2, 3 }, 2), table.unpack({ 1, 2, 3 }, -1, 1))
local fl = 0
for i = 1.0, 5.0 do fl = fl + ({ 10, 20, 30, 40, 50 })[i] end
print(fl)
-- an array accessed out of range both sides in a hot loop
local edge, miss = { 1, 2, 3 }, 0
for r2 = 1, 60 do for i = -1, 5 do if edge[i] == nil then miss = miss + 1 end end end
print(miss) for i = 4, 40 do edge[i] = i edge[i + 1] = nil end print(#edge, edge[40], edge[41])
-- constructors reused as arrays of arrays with shared references
local row = { 0, 0, 0 } local shared = { row, row, row } shared[1][2] = 9 print(shared[3][2], #shared, shared[1] == shared[2])
