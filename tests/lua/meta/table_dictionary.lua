-- Tables used as dictionaries with thousands of keys of several kinds.
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
local d = {}
for i = 1, 5000 do d["key" .. i] = i end
print(count(d), d.key1, d.key2500, d.key5000, d.key5001)
for i = 1, 5000, 2 do d["key" .. i] = nil end
print(count(d), d.key1, d.key2, d.key4999, d.key5000)
for i = 1, 5000, 2 do d["key" .. i] = -i end
print(count(d), d.key1, d.key2, d.key4999)
local s = 0 for k, v in pairs(d) do s = s + v end print(s)
-- delete all while traversing, fill again with other keys
for k in pairs(d) do d[k] = nil end print(count(d), next(d))
for i = 1, 3000 do d["other" .. i] = i end print(count(d), d.key1, d.other3000)
-- repeated insert / delete of one key and of a moving window
local w = {} for i = 1, 3000 do w["w" .. i] = i w["w" .. i - 20] = nil end print(count(w), w.w3000, w.w2981, w.w2980)
local one = {} for i = 1, 2000 do one.k = i one.k = nil end print(next(one))
-- float, negative, huge, boolean and object keys together
local m = {} local objs = {}
for i = 1, 300 do
  m[i / 4] = i m[-i] = i m[i * 1000003] = i objs[i] = {} m[objs[i]] = i m[i % 2 == 0] = i
  m[tostring(i)] = i
end
print(m[0.25], m[1], m[75], m[-300], m[300 * 1000003], m[objs[300]], m[true], m[false], m["300"], count(m))
for i = 1, 300 do m[objs[i]] = nil m[-i] = nil end print(count(m), m[objs[1]], m[-1], m[75.0])
-- integer keys in random order make a sequence
local r, x = {}, 1 for i = 1, 1000 do x = x * 7 % 1009 r[x] = i end print(#r > 0, count(r), r[1009], r[1] ~= nil)
local seq = {} for i = 1000, 1, -1 do seq[i] = i end print(#seq, seq[1], seq[1000])
for i = 1000, 501, -1 do seq[i] = nil end print(#seq, count(seq))
-- word counting and inversion
local text = ("the quick brown fox jumps over the lazy dog the end "):rep(40)
local words = {}
for wd in text:gmatch "%a+" do words[wd] = (words[wd] or 0) + 1 end
local list = {} for k, v in pairs(words) do list[#list + 1] = k end
table.sort(list, function(a, b) if words[a] ~= words[b] then return words[a] > words[b] end return a < b end)
print(#list, list[1] .. words[list[1]], list[2] .. words[list[2]], list[#list])
local inv = {} for k, v in pairs(words) do inv[v] = inv[v] or {} table.insert(inv[v], k) end print(#inv[120], #inv[40])
-- set operations
local function set(n, step) local t = {} for i = step, n, step do t[i] = true end return t end
local A, B = set(300, 2), set(300, 3) local u, inter, diff = {}, {}, {}
for k in pairs(A) do u[k] = true if B[k] then inter[k] = true else diff[k] = true end end
for k in pairs(B) do u[k] = true end
print(count(A), count(B), count(u), count(inter), count(diff))
-- nested dictionaries and default values
local grid = {}
for y = 1, 30 do for x2 = 1, 30 do grid[y] = grid[y] or {} grid[y][x2] = x2 * y end end
for y = 1, 30, 2 do grid[y] = nil end local tot = 0
for y, row in pairs(grid) do for _, v in pairs(row) do tot = tot + v end end
print(tot, grid[1], grid[2][30])
local coords = {}
for y = 1, 40 do for x3 = 1, 40 do coords[x3 .. "," .. y] = x3 - y end end
print(count(coords), coords["40,1"], coords["1,40"], coords["41,1"])
-- memoised pairs of integers packed in one key
local memo, calls = {}, 0
local function binom(n, k)
  if k == 0 or k == n then return 1 end local key = n << 20 | k local v = memo[key]
  if not v then calls = calls + 1 v = binom(n - 1, k - 1) + binom(n - 1, k) memo[key] = v end
  return v
end
print(binom(30, 15), calls, count(memo))
-- LRU style cache with order list
local cache, order = {}, {} local evicted = 0
for i = 1, 500 do
  local k = "page" .. i * 7 % 23
  if not cache[k] then
    cache[k] = true order[#order + 1] = k
    if #order > 10 then cache[table.remove(order, 1)] = nil evicted = evicted + 1 end
  end
end
print(evicted, count(cache), #order)
-- next gives every key exactly once even with collisions
local seen, ok = {}, true
for k in pairs(m) do if seen[k] then ok = false end seen[k] = true end
for k in pairs(m) do ok = ok and seen[k] end print(ok)
-- long string keys
local long = {} for i = 1, 200 do long[("x"):rep(50) .. i] = i end local ls = 0
for i = 1, 200 do ls = ls + long[("x"):rep(50) .. i] end
print(ls, long[("x"):rep(50)]) for i = 1, 200, 3 do long[("x"):rep(50) .. i] = nil end
print(count(long))
