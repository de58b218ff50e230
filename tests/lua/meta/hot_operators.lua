-- Operator sites that first see plain numbers or strings and later objects, and back.
local mt = {}
local function obj(v) return setmetatable({ v = v }, mt) end
local function val(x) return type(x) == "table" and x.v or x end
mt.__add = function(a, b) return obj(val(a) + val(b)) end
mt.__sub = function(a, b) return obj(val(a) - val(b)) end
mt.__mul = function(a, b) return obj(val(a) * val(b)) end
mt.__unm = function(a) return obj(-a.v) end
mt.__lt = function(a, b) return val(a) < val(b) end
mt.__le = function(a, b) return val(a) <= val(b) end
mt.__eq = function(a, b) return a.v == b.v end
mt.__concat = function(a, b) return val(a) .. "&" .. val(b) end
mt.__len = function(a) return a.v end
mt.__call = function(a, x) return a.v + x end
mt.__index = function(a, k) return k .. a.v end
mt.__band = function(a, b) return "band" .. val(a) .. val(b) end
mt.__shl = function(a, b) return "shl" .. val(a) .. val(b) end
local function ops(a, b)
  local r = { val(a + b), val(a - b), val(a * b), val(-a), a < b, a <= b, a == b, a ~= b, a > b }
  for i = 1, #r do r[i] = tostring(r[i]) end
  return table.concat(r, " ")
end
for round = 1, 3 do
  local last
  for _ = 1, 80 do last = ops(6, 3) end
  io.write("int ", last, "\n")
  for _ = 1, 80 do last = ops(6.5, 3) end
  io.write("float ", last, "\n")
  for _ = 1, 80 do last = ops(obj(6), obj(3)) end
  io.write("obj ", last, "\n")
  for _ = 1, 80 do last = ops(obj(6), 3) end
  io.write("left ", last, "\n")
  for _ = 1, 80 do last = ops(6, obj(3)) end
  io.write("right ", last, "\n")
end
-- concat, length, call, index, bit operators at shared sites
local function cat(a, b) return a .. b end
local function len(a) return #a end
local function call(f, x) return f(x) end
local function get(o) return o.name end
local function bits(a, b) return a & b, a << b end
local r = {}
for i = 1, 120 do
  local o = obj(i)
  r[1] = cat("a", i) r[2] = cat(o, "x") r[3] = cat(1, 2) r[4] = cat(o, o)
  r[5] = len("abc") r[6] = len(o) r[7] = len({ 1, 2 })
  r[8] = call(math.abs, -i) r[9] = call(o, 1) r[10] = call(function(x) return x * 2 end, i)
  r[11] = get({ name = "field" }) r[12] = get(o) r[13] = tostring(get("string"))
  r[14], r[15] = bits(i, 1) r[16], r[17] = bits(o, 2) r[18], r[19] = bits(4.0, 2)
end
print(table.concat(r, " "))
-- a running total that turns into an object in the middle
local acc = 0
for i = 1, 200 do
  if i == 100 then acc = obj(acc) end
  if i == 150 then acc = acc.v + 0.5 end
  acc = acc + i
end
print(acc)
-- handlers swapped while the loop runs
local o, seen = obj(1), {}
for i = 1, 200 do
  if i == 51 then
    mt.__add = function() return "second" end
  elseif i == 101 then
    mt.__add = nil
  elseif i == 151 then
    mt.__add = function() return "third" end
  end
  local ok, v = pcall(function() return o + 1 end)
  local k = ok and (type(v) == "table" and "first" or v) or "error"
  seen[k] = (seen[k] or 0) + 1
end
print(seen.first, seen.second, seen.error, seen.third)
seen = {}
for i = 1, 200 do
  if i == 101 then mt.__eq = nil elseif i == 151 then mt.__eq = function() return true end end
  local k = tostring(obj(1) == obj(i % 2))
  seen[k] = (seen[k] or 0) + 1
end
print(seen["true"], seen["false"])
-- errors in the middle of a hot arithmetic loop carry the right names
local list = {}
for i = 1, 100 do list[i] = i end
list[60] = "sixty" list[80] = {}
local errs = {}
for i = 1, 100 do
  local ok, m = pcall(function() local item = list[i] return item * 2 end)
  if not ok then errs[#errs + 1] = i .. ":" .. m end
end
print(table.concat(errs, "\n"))
local sum = 0
for i = 1, 100 do local item = list[i] if type(item) == "number" then sum = sum + item end end
print(sum)
