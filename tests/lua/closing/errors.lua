-- Closing during errors; errors inside __close; chains of them.
local log = {}
local function put(s) log[#log + 1] = s end
local function flush(...) print(table.concat(log, " | "), ...) log = {} end
local function tbc(name, err)
  return setmetatable({},
    { __close = function(_, e) put(name .. ":" .. tostring(e)) if err then error(err, 0) end end })
end
flush(pcall(function() local a <close> = tbc "a" error("boom", 0) end))
flush(pcall(function() local a <close> = tbc "a" local b <close> = tbc "b" error("boom", 0) end))
flush(pcall(function() local a <close> = tbc("a", "from a") put "body" end))
flush(pcall(function() local a <close> = tbc("a", "from a") error("boom", 0) end))
flush(pcall(function()
  local a <close> = tbc "a" local b <close> = tbc("b", "from b")
  local c <close> = tbc("c", "from c") error("boom", 0)
end))
flush(pcall(function() local a <close> = tbc("a", "from a") local b <close> = tbc("b", "from b") return "lost" end))
flush(pcall(function()
  local a <close> = tbc("a") local b <close> = tbc("b", "from b") local c <close> = tbc("c")
  return "lost"
end))
-- error objects that are not strings
local obj = { "err" }
flush(select(2, pcall(function()
  local a <close> = setmetatable({}, { __close = function(_, e) put(tostring(e == obj)) end })
  error(obj)
end)) == obj)
flush(pcall(function() local a <close> = tbc "a" error() end))
flush(pcall(function() local a <close> = tbc "a" error(nil) end))
flush(pcall(function() local a <close> = tbc "a" error(42) end))
-- run-time errors carry position
flush(pcall(function() local a <close> = tbc "a" local x = nil; return x.y end))
-- errors leave loops and nested calls
flush(pcall(function() for i = 1, 3 do local a <close> = tbc("i" .. i) if i == 2 then error("stop", 0) end end end))
flush(pcall(function()
  for i in function(_, c) return (c or 0) + 1 end, nil, nil, tbc "iter" do
    local a <close> = tbc("v" .. i) if i == 2 then error("stop", 0) end
  end
end))
local function inner() local a <close> = tbc "inner" error("deep", 0) end
local function outer() local a <close> = tbc "outer" inner() put "not reached" end
flush(pcall(outer))
-- pcall inside a __close; a caught error does not replace the pending one
flush(pcall(function()
  local a <close> = setmetatable({},
    { __close = function(_, e) put(tostring(e)) put(tostring(pcall(error, "inside", 0))) end })
  error("pending", 0)
end))
-- xpcall's handler runs at the point of each error
flush(xpcall(function() local a <close> = tbc("a", "second") error("first", 0) end,
  function(m) put("handler " .. m) return m .. "+h" end))
-- close-less and broken values
local function try(f) flush(pcall(f)) end
try(function() local a <close> = {} end)
try(function() local a <close> = 42 end)
try(function() local xyz <close> = "str" end)
try(function() local f <close> = print end)
try(function() local ok <close> = tbc "ok" local bad <close> = {} end)
try(function() local a <close> = setmetatable({}, { __close = 1 }) end)
try(function() local a <close> = true end)
try(function() local o = tbc "x" local a <close> = o getmetatable(o).__close = nil end)
try(function() local o = tbc "x" local a <close> = o setmetatable(o, nil) error("orig", 0) end)
try(function() local o = tbc "x" local a <close> = o getmetatable(o).__close = 5 end)
-- an error in the initialiser of a later variable
flush(pcall(function() local a <close> = tbc "a" local b <close> = error("init", 0) end))
flush(pcall(function() local a <close>, b = tbc "a", error("list", 0) end))
-- the stack is unwound when overflow happens
local closed = false
local ok, m = pcall(function()
  local a <close> = setmetatable({}, { __close = function(_, e) closed = string.find(e, "stack overflow") ~= nil end })
  local function r() return 1 + r() end return r()
end)
print(ok, closed, string.find(m, "stack overflow") ~= nil)
-- nested functions inside close, returning and erroring
flush(pcall(function()
  local a <close> = setmetatable({}, { __close = function(_, e)
    local b <close> = tbc "b in a"
    put("a:" .. tostring(e))
    error("err in a", 0)
  end })
  error("start", 0)
end))
flush("end")
