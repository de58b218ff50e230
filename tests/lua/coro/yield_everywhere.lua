-- Yield across pcall, metamethods, iterators; not across C callbacks.
local function run(name, f, ...)
  local co, out = coroutine.create(f), {} local r = table.pack(coroutine.resume(co, ...))
  local n = 0
  while coroutine.status(co) ~= "dead" do
    n = n + 1 out[#out + 1] = "y" .. tostring(r[2]) r = table.pack(coroutine.resume(co, n))
  end
  for i = 1, r.n do r[i] = tostring(r[i]) end
  print(name, table.concat(out, " "), "->", table.concat(r, " ", 1, r.n))
end
local yield = coroutine.yield
run("pcall", function() return pcall(function() return yield(1), yield(2) end) end)
run("pcall error after yield", function() return pcall(function() yield(1) error("E", 0) end) end)
run("nested pcall", function() return pcall(pcall, pcall, function() return yield(1) end) end)
run("xpcall", function() return xpcall(function(...) yield(...) error("E", 0) end, function(m) return "h:" .. m end, "arg") end)
run("yield in handler", function() return xpcall(function() error("E", 0) end, function(m) return yield(m) end) end)
run("pcall yields then continues", function() local a, b = pcall(yield, "in pcall") return a, b, yield("after") end)
run("error from resumed pcall", function()
  local ok,
    e = pcall(function() local ok2, e2 = pcall(function() yield(1) error("inner", 0) end) yield(e2) error("outer", 0) end)
  return ok, e
end)
local mt = { __index = function(t, k) return yield("index " .. k) end,
  __newindex = function(t, k, v) yield("newindex " .. k) rawset(t, k, v) end,
  __call = function(self, ...) return yield("call"), ... end, __len = function() return yield "len" end,
  __unm = function() return yield "unm" end, __bnot = function() return yield "bnot" end,
  __concat = function(a, b) return yield "concat" end, __close = function() yield "close" end,
  __eq = function() return yield "eq" == 1 end, __lt = function() return yield "lt" end, __le = function() return yield "le" end }
for _, op in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr" } do
  mt["__" .. op] = function(a, b) return op .. yield(op) end
end
local function o() return setmetatable({}, mt) end
run("__index", function() local t = o() return t.a, t.b, t[1] end)
run("__newindex", function() local t = o() t.x = 5 t[1] = 6 return rawget(t, "x"), rawget(t, 1) end)
run("__call", function() return o()("arg", nil), select("#", o()(1, 2)) end)
run("__len", function() return #o() + 1 end)
run("arith", function() return o() + 1, 1 - o(), o() * 2, o() / 2, o() % 2, o() ^ 2, o() // 2 end)
run("bitwise", function() return o() & 1, 1 | o(), o() ~ 1, o() << 1, 1 >> o() end)
run("unary", function() return -o(), ~o() end)
run("compare", function() local a, b = o(), o() return a == b, a ~= b, a < b, a <= b, a > b, a >= b, not (a < b) end)
run("compare branches", function()
  local a, b, r = o(), o(), {} if a < b then r[#r + 1] = "lt" end
  if not (a <= b) then r[#r + 1] = "nle" end
  if a == b then r[#r + 1] = "eq" else r[#r + 1] = "ne" end
  if a < 5 then r[#r + 1] = "lt5" end while a > b do r[#r + 1] = "loop" break end
  return table.concat(r, ",")
end)
run("concat", function() return o() .. "x", "x" .. o(), "a" .. "b" .. o() .. "c" .. "d" end)
run("concat keeps operands", function() local a = "A" local r = a .. o() .. "B" return r, a end)
run("close", function() do local c <close> = o() end local d <close> = o() return "r1", "r2" end)
run("iterator", function()
  local s = 0
  for i in function(_, c) c = (c or 0) + 1 yield(c) if c <= 3 then return c end end do s = s + i end
  return s
end)
run("__pairs", function()
  local r = {}
  for k, v in pairs(setmetatable({}, { __pairs = function(t) yield("pairs") return next, { "x" }, nil end })) do
    r[#r + 1] = k .. v
  end
  return r[1]
end)
run("callable iterator", function()
  local n = 0
  for i in setmetatable({}, { __call = function() n = n + 1 yield(n) return n < 3 and n or nil end }) do end
  return n
end)
run("ipairs over yielding __index", function()
  local s = 0
  for i, v in ipairs(setmetatable({}, { __index = function(_, i) yield(i) if i <= 3 then return i * 10 end end })) do
    s = s + v
  end
  return s
end)
run("tail call", function() return (function() return yield("tail") end)() end)
run("vararg", function(...) local a = { yield(...), ... } return #a end, "p", "q")
run("numeric for", function() for i = yield("a"), yield("b") + 2, yield("c") - 2 do yield("i" .. i) end end)
-- C boundaries that refuse
local function refuse(name, f) local ok, e = coroutine.resume(coroutine.create(f)) print(name, ok, e) end
refuse("sort", function() table.sort({ 3, 2, 1 }, function(a, b) yield() return a < b end) end)
refuse("gsub", function() return ("abc"):gsub("%a", function(c) yield(c) end) end)
refuse("load reader", function() return load(function() yield() end) end)
refuse("tostring", function() return tostring(setmetatable({}, { __tostring = function() yield() return "x" end })) end)
refuse("gsub in pcall", function() return pcall(string.gsub, "abc", "%a", function() yield() end) end)
refuse("coroutine.close", function()
  local c = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() yield() end }) yield() end)
  coroutine.resume(c) return coroutine.close(c)
end)
print(pcall(coroutine.yield)) print(select(2, pcall(load("coroutine.yield(1)", "=main"))))
-- table functions that run metamethods in Lua code
refuse("table.insert on proxy", function()
  local t = setmetatable({}, { __newindex = function(tb, k, v) yield("ins") rawset(tb, k, v) end })
  table.insert(t, "v") return #t
end)
refuse("table.concat on proxy", function()
  return table.concat(setmetatable({}, { __len = function() return 2 end,
    __index = function(_, i) yield(i) return "e" .. i end }))
end)
