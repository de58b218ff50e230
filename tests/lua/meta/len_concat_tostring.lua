-- __len, __concat, __tostring, __name, __unm results of every kind.
local t = setmetatable({ 1, 2, 3 },
  { __len = function(x, y) return "len " .. rawlen(x) .. tostring(rawequal(x, y)) end })
print(#t, rawlen(t))
print(#setmetatable({}, { __len = function() return nil end }), #setmetatable({},
  { __len = function() return 1, 2 end }), #setmetatable({}, { __len = function() return {} end }) ~= nil)
print(pcall(function() return #setmetatable({}, { __len = 5 }) end))
print(pcall(function() return #setmetatable({}, { __len = function() error("no len", 0) end }) end))
-- library functions honour __len
local l = setmetatable({ "a", "b", "c", "d" }, { __len = function() return 2 end })
print(table.concat(l, ","), table.unpack(l)) table.insert(l, "x") print(rawget(l, 3), #l)
print(table.remove(l), rawget(l, 2))
print(pcall(table.concat, setmetatable({}, { __len = function() return "x" end })))
print(pcall(table.unpack, setmetatable({}, { __len = function() return 1.5 end })))
print(pcall(table.insert, setmetatable({}, { __len = function() return {} end }), 1))
for i, v in ipairs(l) do io.write(i, v, " ") end print(#table.pack(table.unpack(l)))
-- __concat both sides, with numbers and strings, chains
local C = setmetatable({ n = "C" }, { __concat = function(a, b)
  return (type(a) == "table" and a.n or tostring(a)) .. "&" .. (type(b) == "table" and b.n or tostring(b))
end })
print(C .. "x", "x" .. C, C .. 1, 1.5 .. C, C .. C, "a" .. "b" .. C, C .. "a" .. "b", "a" .. C .. "b", 1 .. 2 .. C, C
  .. nil, nil .. C, true .. C, C .. {n = "t"})
print(pcall(function() return "x" .. {} end))
print(pcall(function() return { n = "plain" } .. C end))
print(pcall(function() return setmetatable({}, { __concat = 1 }) .. "x" end))
print(#(setmetatable({}, { __concat = function() return "two", "x" end }) .. "x" .. ""))
-- __tostring
local ts = setmetatable({}, { __tostring = function(x, ...) return "TS" .. select("#", ...) end })
print(ts, tostring(ts), string.format("%s|%10s|%.1s", ts, ts, ts), #tostring(ts))
io.write(tostring(ts), "\n")
for _, r in ipairs { 5, 1.5, true, {}, print } do
  print(pcall(tostring, setmetatable({}, { __tostring = function() return r end })))
end
print(pcall(tostring, setmetatable({}, { __tostring = function() end })))
print(pcall(tostring, setmetatable({}, { __tostring = "str" })))
print(pcall(print, setmetatable({}, { __tostring = function() error("E", 0) end })))
print(pcall(string.format, "%s", setmetatable({}, { __tostring = function() return 1 end })))
print((tostring(setmetatable({}, { __tostring = function() return "with\0zero" end })):gsub("%z", "0")))
print(pcall(function() return "x" .. ts end)) print(pcall(table.concat, { ts }))
-- __name shows in default tostring and in messages
local named = setmetatable({}, { __name = "My.Type" })
print((tostring(named):gsub("0x%x+", "PTR")), (tostring(setmetatable({}, { __name = 5 })):gsub("0x%x+", "PTR")))
local function try(f, ...) print((select(2, pcall(f, ...)):gsub("0x%x+", "PTR"))) end
try(function() return named + 1 end) try(function() return named .. "x" end)
try(function() return named < 1 end)
try(function() return named < setmetatable({}, { __name = "My.Type" }) end)
try(function() return named < setmetatable({}, { __name = "Other" }) end)
try(function() return #named() end) try(function() return named.x.y end)
try(function() return named & 1 end) try(function() return -named end) try(string.rep, named)
try(ipairs) try(math.floor, named) try(("x").rep, "x", named) try(setmetatable, named, 1)
try(function() for i = named, 1 do end end) try(table.concat, { named }) try(string.char, named)
try(function() return ("x"):bad(named) end) try(io.write, named)
-- type and metatable protection
print(type(named), getmetatable(named).__name)
local p = setmetatable({}, { __metatable = "locked", __tostring = function() return "P" end })
print(getmetatable(p), pcall(setmetatable, p, {}))
print(tostring(p), rawequal(getmetatable(p), "locked"))
 print(getmetatable(setmetatable({}, { __metatable = false })), pcall(setmetatable, setmetatable({},
   { __metatable = false }), nil))
 print(getmetatable("").__metatable, getmetatable(setmetatable({}, { __metatable = nil })) ~= nil)
