-- The table library goes through __index, __newindex and __len.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function proxy(data)
  local log = {}
  return setmetatable({}, {
    __index = function(_, k) log[#log + 1] = "get " .. tostring(k) return data[k] end,
    __newindex = function(_, k, v) log[#log + 1] = "set " .. tostring(k) .. "=" .. tostring(v) data[k] = v end,
    __len = function() log[#log + 1] = "len" return #data end,
  }), log, data
end
local function run(name, data, f)
  local p, log, d = proxy(data)
  local result = table.pack(pcall(f, p))
  for i = 1, result.n do result[i] = tostring(result[i]) end
  print(name .. ":", table.concat(result, " ", 1, result.n))
  print("  " .. table.concat(log, ", "))
  print("  rawlen " .. rawlen(p) .. ", data " .. table.concat(d, " "))
end

run("insert at end", { "a", "b" }, function(p) table.insert(p, "c") end)
run("insert first", { "a", "b" }, function(p) table.insert(p, 1, "c") end)
run("insert bad", { "a", "b" }, function(p) table.insert(p, 7, "c") end)
run("remove last", { "a", "b", "c" }, function(p) return table.remove(p) end)
run("remove first", { "a", "b", "c" }, function(p) return table.remove(p, 1) end)
run("remove empty", {}, function(p) return table.remove(p) end)
run("remove one past", { "a" }, function(p) return table.remove(p, 2) end)
run("concat", { "a", "b", "c" }, function(p) return table.concat(p, "-") end)
run("concat range", { "a", "b", "c" }, function(p) return table.concat(p, "-", 2, 3) end)
run("unpack", { "a", "b" }, function(p) return table.unpack(p) end)
run("unpack range", { "a", "b" }, function(p) return table.unpack(p, 2, 3) end)
run("sort two", { 2, 1 }, function(p) table.sort(p) end)
run("move", { "a", "b", "c" }, function(p) table.move(p, 1, 2, 2) end)
run("ipairs", { "a", "b" }, function(p) local s = "" for i, v in ipairs(p) do s = s .. i .. v end return s end)
run("length", { "a", "b" }, function(p) return #p end)
run("next", { "a", "b" }, function(p) return next(p) end)

-- A table without its own fields but with enough metamethods is accepted; others are not.
local only = setmetatable({}, { __index = function(_, i) return i <= 3 and "v" .. i or nil end, __len = function() return 3 end })
print(table.concat(only, ","), table.unpack(only))
print(table.remove(setmetatable({}, { __len = function() return 5 end })))
local strict = setmetatable({}, { __newindex = function(_, k) error("frozen: " .. tostring(k), 0) end })
e(table.insert, strict, 1)
e(table.insert, strict, 1, "x")
e(table.move, { 1, 2 }, 1, 2, 1, strict)
print(rawset(strict, 1, "raw") == strict, strict[1])

-- Non-tables need all the metamethods that the operation uses.
local string_mt = getmetatable("")
e(table.concat, "abc")
e(table.insert, "abc", 1)
string_mt.__len = function(s) return 3 end
e(table.concat, "abc")
e(table.insert, "abc", 1)
string_mt.__len = nil
