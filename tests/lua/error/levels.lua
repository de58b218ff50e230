-- error() with levels and with values of every type.
local function show(...)
  local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end
  print(table.concat(t, " ", 1, t.n))
end
local function l0() error("m", 0) end
local function l1() error("m", 1) end
local function l2() error("m", 2) end
local function l3() error("m", 3) end
local function call(f)
  f()
  return 1
end
local function call2(f)
  call(f)
  return 1
end
show(pcall(call2, l0))
show(pcall(call2, l1))
show(pcall(call2, l2))
show(pcall(call2, l3))
show(pcall(l2))
show(pcall(function() error("default level") end))
show(pcall(function() error("level 50", 50) end))
show(pcall(function() error("negative", -1) end))
show(pcall(error, "direct"))
show(pcall(error, "direct 1", 1))
show(pcall(error, "direct 2", 2))
show(pcall(error))
show(pcall(error, nil))
show(pcall(error, nil, 2))
-- values other than strings pass untouched
local t = {}
show(select(2, pcall(error, t)) == t, select(2, pcall(error, print)) == print, select(2, pcall(error, t, 1)) == t)
show(pcall(error, 42)) show(pcall(error, 1.5, 0)) show(pcall(error, true)) show(pcall(error, false))
print(math.type(select(2, pcall(error, 42))), math.type(select(2, pcall(error, 42, 1))), type(select(2,
  pcall(function() error(7) end))))
local co = coroutine.create(print) print(select(2, pcall(error, co)) == co)
local e = setmetatable({ code = 5 }, { __tostring = function(x) return "E" .. x.code end })
local ok, m = pcall(error, e) print(ok, tostring(m), m.code, rawequal(m, e))
-- line numbers of multi-line calls and nested chunks
show(pcall(function()
  error(
    "spread"
  )
end))
show(pcall(load("\n\nerror('in chunk')", "=chunk")))
show(pcall(load("error('named')", "@dir/file.lua")))
show(pcall(load("error('text name')", "some code\nmore")))
show(pcall(load("local function f() error('two', 2) end\nf()\n", "=c")))
-- assert: message kinds and pass-through
show(pcall(assert, false)) show(pcall(assert, nil, "msg")) show(pcall(assert, false, nil))
show(pcall(assert, false, 5)) print(select(2, pcall(assert, nil, t)) == t) show(pcall(assert))
show(assert(1, "unused", nil)) show(select("#", assert(true, nil)))
show(pcall(assert, 1 == 2, "no position added"))
-- error in argument evaluation, in returned functions, within iterators and constructors
show(pcall(function() return { 1, error("in table", 0), 3 } end))
show(pcall(function() for _ in function() error("in iter", 0) end do end end))
show(pcall(function() return (nil)[error("first", 0)] end))
show(pcall(function() return 1 + error("operand", 0) end))
show(pcall(function() local x <const> = error("init", 0) end))
show(pcall(function() return error("tail", 0) end))
-- position uses the line of the call within a function spanning lines
local function multi(x)
  local a = 1
  local b = a +
    x
  return b
end
show(pcall(multi, {})) show(pcall(multi, nil))
local function args() return string.rep(
  "x",
  {}
) end
show(pcall(args))
-- the same error value rethrown keeps its text
show(pcall(function() local ok2, m2 = pcall(error, "orig") error(m2, 0) end))
show(pcall(function() local ok2, m2 = pcall(function() error("pos") end) error(m2) end))
