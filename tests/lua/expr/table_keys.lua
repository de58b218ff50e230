-- Key normalisation and the kinds of key a table takes.
local t = {}
t[1.0] = "a"; t[2] = "b"; t[2^53] = "big"; t[-0.0] = "zero"; t[-3.0] = "neg"; t[1.5] = "frac"; t["1"] = "str"
print(t[1], t[2.0], t[1 << 53], t[0], t[0.0], t[-3], t[1.5], t["1"], t["1.0"], t[3 / 2], t[6 / 6])
local keys = {}
for k in pairs(t) do keys[#keys + 1] = (math.type(k) or type(k)) .. ":" .. tostring(k) end
table.sort(keys)
print(table.concat(keys, " "))
t[2^63] = "float key"; t[math.mininteger] = "min"; t[math.maxinteger] = "max"; t[math.huge] = "inf";
t[-math.huge] = "-inf"; t[1e300] = "1e300"
print(t[2^63], t[-2^63], t[math.mininteger], t[math.maxinteger], t[math.maxinteger + 0.0], t[math.huge], t[-math.huge],
  t[1e300], t[math.tointeger(-2^63)])
-- booleans, functions, tables, threads as keys
local f, k2, co = function() end, {}, coroutine.create(print)
local m = { [true] = "T", [false] = "F", [f] = "fn", [k2] = "tbl", [co] = "co", [print] = "print", [io.stdout] = "file" }
print(m[true], m[false], m[f], m[k2], m[co], m[print], m[io.stdout], m[{}], m[nil], m[0 / 0], m[function() end])
-- nil and nan may be read, not written
print(pcall(function() m[nil] = 1 end))
print(pcall(function() m[0 / 0] = 1 end))
print(pcall(rawset, m, nil, 1))
print(pcall(rawset, m, 0 / 0, 1))
print(pcall(function() return { [nil] = 1 } end))
print(pcall(function() return { [0 / 0] = 1 } end))
print(pcall(function() local k m[k] = nil end))
print(rawget(m, nil), rawget(m, 0 / 0), pcall(next, {}, "absent"))
print(pcall(next, { 1, 2 }, 3), pcall(next, {}, nil))
-- assigning nil removes; values false stay
m[true] = nil; m.x = false; m.y = nil
print(m[true], m.x, m.y, next({ nil, nil }), next({ a = nil }), rawequal(next({ [1] = false }), 1))
-- long and short strings as keys
local long = ("k"):rep(60)
m[long] = "long"; m["" .. ""] = "empty"; m["a\0b"] = "zero inside"
print(m[("k"):rep(30) .. ("k"):rep(30)], m[""], m["a\0b"], m["a"], m["a\0c"])
-- numeric strings differ from numbers; int loops find float-written keys
local s = {}
for i = 1, 5 do s[i + 0.0] = i * i end
for i, v in ipairs(s) do io.write(i, "=", v, " ", math.type(i), " ") end
print(#s)
for i = 1.0, 3 do io.write(tostring(i), "=", tostring(s[i]), " ") end
print()
for k in pairs { [1.0] = 1, [2.0] = 2 } do io.write(math.type(k), " ") end
print()
local cnt = 0
local d = {}
for i = 1, 100 do d[i / 2] = i end
for k, v in pairs(d) do if math.type(k) == "integer" then cnt = cnt + 1 end end
print(cnt, d[0.5], d[1], d[50], #d)
