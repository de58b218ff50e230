-- pcall and xpcall: results, nesting, handlers.
local function show(...)
  local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end
  print(table.concat(t, " ", 1, t.n))
end
show(pcall(function() end))
show(pcall(function(...) return ... end, 1, nil, 3, nil))
show(pcall(pcall)) show(pcall(pcall, error)) show(pcall(5)) show(pcall(nil)) show(pcall({}))
show(pcall("str"))
show(select("#", pcall(function() return nil, nil end)))
show(pcall(pcall, pcall, pcall, error, "E", 0)) show(pcall(select, "#", 1, 2))
show(pcall(tostring, nil)) show(pcall(string.rep, "x", 3))
-- handler gets the value and its results are returned (one)
show(xpcall(function() error("E", 0) end, function(m) return "H(" .. m .. ")", "dropped" end))
show(xpcall(function() return 1, 2 end, error))
show(xpcall(function(...) return select("#", ...), ... end, print, "a", nil, "b"))
show(xpcall(function() error({ 1 }) end, function(m) return type(m) .. m[1] end))
show(xpcall(function() error() end, function(m) return "nil? " .. tostring(m) end))
show(xpcall(function() local x = nil; x() end, function(m) return "<" .. m .. ">" end))
show(xpcall(error, function(m) return "direct " .. tostring(m) end, "arg", 0))
show(xpcall(function() error("E", 0) end, function() end))
show(xpcall(function() error("E", 0) end, function() return nil, 1 end))
show(xpcall(function() error("E", 0) end, string.upper))
show(xpcall(function() error("E", 0) end, tostring))
show(xpcall(5, function(m) return "callee: " .. m end))
show(pcall(xpcall)) show(pcall(xpcall, print)) show(pcall(xpcall, print, nil))
show(pcall(xpcall, function() error("E", 0) end, 5))
-- handlers run at the point of the error: locals of deeper frames have not been closed
local trace = {}
show(xpcall(function()
  local c <close> = setmetatable({}, { __close = function() trace[#trace + 1] = "close" end })
  error("E", 0)
end, function(m) trace[#trace + 1] = "handler" return m end))
print(table.concat(trace, " "))
-- handler errors, handler that protects itself, nested xpcall
show(xpcall(function() error("E", 0) end, function(m) error("again", 0) end))
show(xpcall(function() error("E", 0) end, function(m) return select(2, pcall(error, "inner", 0)) .. m end))
local n = 0
show(xpcall(function() error("E", 0) end,
  function(m) n = n + 1 if n < 3 then error("n" .. n, 0) end return m .. " after " .. n end))
show(xpcall(function() return xpcall(function() error("in", 0) end, function(m) return m .. "+inner" end) end,
  function(m) return m .. "+outer" end))
show(xpcall(function() xpcall(function() error("in", 0) end, function(m) return m end) error("out", 0) end,
  function(m) return m .. "+outer" end))
show(xpcall(function() local ok, m = pcall(error, "caught", 0) error(m .. " rethrown", 0) end,
  function(m) return "H " .. m end))
show(pcall(function() return xpcall(function() error("a", 0) end, function(m) return m end), "more" end))
-- the handler of an outer xpcall does not see errors caught inside
local seen = 0 xpcall(function() for i = 1, 10 do pcall(error, i) end end, function() seen = seen + 1 end) print(seen)
-- state is intact after an error: loops, upvalues, tables, string buffers
local acc, t = 0, {}
for i = 1, 200 do
  local ok = pcall(function()
    acc = acc + i t[#t + 1] = i if i % 3 == 0 then error("x") end
    if i % 5 == 0 then local u = nil; u.x = 1 end acc = acc + 1000
  end)
  if not ok then t[#t] = -i end
end
print(acc, #t, t[3], t[5], t[200])
local function deep(k) if k == 0 then error("bottom", 0) end deep(k - 1) return k end
show(pcall(deep, 10)) show(pcall(deep, 5000)) for i = 1, 50 do pcall(deep, i) end
show(pcall(deep, 1))
-- nested protected calls to a great depth
local function np(k) if k == 0 then error("E", 0) end local ok, m = pcall(np, k - 1) error(m .. "'", 0) end
show(pcall(np, 20))
local function count(k) if k == 0 then return 0 end local _, r = pcall(count, k - 1) return r + 1 end
print(count(100))
-- break, goto and return past pcall
for i = 1, 3 do
  local ok, r = pcall(function(x) if x == 2 then return "two" end for j = 1, 3 do if j == x then return j end end end,
    i)
  if r == "two" then print("break at", i) break end
end
-- error values travel through several levels unchanged
local obj = {} local function thrower() error(obj) end
local function mid() local x <const> = 1 thrower() end local ok, got = pcall(mid)
print(ok, got == obj)
local ok2, got2 = xpcall(mid, function(m) return m == obj end)
print(ok2, got2)
local msgs = {}
for i, f in ipairs { function() return nil + 1 end, function() return #nil end, function() return {} < {} end,
  function() return nil .. "x" end, function() return ({}).x.y end, function() nofn() end, function() return 1 // 0 end,
  function() return 2^53 | 0.5 end, function() return ("x")() end } do
  msgs[i] = select(2, pcall(f)):gsub("^[^:]*:%d+: ", "")
end
print(table.concat(msgs, "\n"))
