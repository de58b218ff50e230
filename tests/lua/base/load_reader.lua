-- load with a reader function that delivers the chunk in pieces.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
local function reader(...)
  local pieces, i = { ... }, 0
  return function()
    i = i + 1
    return pieces[i]
  end
end

print(load(reader("return ", "1", " + ", "2"))())
print(load(reader("ret", "urn 'sp", "lit'"))())
print(load(reader("return 1", "", "2"))())
print(load(reader())  ~= nil, load(reader())())
print(load(reader("x =")))
print(load(reader("x ="), "=named"))
print(load(reader("-- comment\n", "return ", "...") , "=c")("arg"))

-- One byte at a time.
local source = "local t = {} for i = 1, 5 do t[i] = i * i end return table.concat(t, ' ')"
local at = 0
print(load(function()
  at = at + 1
  return at <= #source and source:sub(at, at) or nil
end)())
print(at == #source + 1)

-- A binary chunk in pieces.
local binary = string.dump(function(a) return a .. "!" end)
at = 0
local f = load(function()
  at = at + 7
  local piece = binary:sub(at - 6, at)
  return piece ~= "" and piece or nil
end, "bin", "b")
print(f("bang"))

-- The reader stops at nil or an empty string, whatever follows.
local calls = 0
print(load(function()
  calls = calls + 1
  if calls == 1 then return "return 5" elseif calls == 2 then return "" end
  return "garbage ("
end)(), calls)

-- Errors in the reader are load's failure, not an exception.
print(pcall(load, function() error("reader failed", 0) end))
print(select(3, pcall(load, function() error({ code = 8 }) end)).code)
local n = 0
print(pcall(load, function() n = n + 1 if n == 2 then error("second piece", 0) end return "return " end))
print(pcall(load, function() return {} end))
print(load(reader("return ", 12, 3))())
print(pcall(load, function() return true end))
print(pcall(load, reader("return 1", false, "x")))
print(coroutine.wrap(function() return pcall(load, function() coroutine.yield("x") end) end)())

-- Long chunks, many lines, a name for all of them.
local lines = {}
for i = 1, 500 do lines[i] = "local v" .. i % 100 .. " = " .. i .. " " .. (i % 90 == 0 and "do end" or "") .. "\n" end
local k = 0
local chunk, message = load(function() k = k + 1 return lines[k] end, "=many")
print(chunk == nil, message)
local sums = { "local s = 0\n" }
for i = 1, 1000 do sums[#sums + 1] = "s = s + " .. i .. "\n" end
sums[#sums + 1] = "return s"
k = 0
print(load(function() k = k + 1 return sums[k] end)())
k = 0
sums[700] = "s = = 1\n"
print(load(function() k = k + 1 return sums[k] end, "=line"))
