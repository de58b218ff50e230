-- Errors of a reader function are results of `load`, but message handlers further out see them where they are thrown.
local function show(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = type(t[i]) == "string" and t[i] or type(t[i]) end
  print(table.concat(t, " | ", 1, t.n))
end

local function handler(m) return "<" .. (type(m) == "string" and m or type(m)) .. ">" end

local readers = {
  function() error("boom") end,
  function() error("boom", 0) end,
  function() error({}) end,
  function() error() end,
  function() local x; return x.y end,
  function() return {} end,
  function() return true end,
  function() return coroutine.yield() end,
  function() local _ <close> = setmetatable({}, {__close = function(_, e) show("closed", e) error("second", 0) end}); error("first", 0) end,
}
for i, reader in ipairs(readers) do
  print(i)
  show(pcall(load, reader))
  show(xpcall(load, handler, reader))
  show(xpcall(function() return load(reader) end, handler))
  show(xpcall(function() local f, m = load(reader, "=name"); return f, m end, handler))
  show(coroutine.resume(coroutine.create(function() return (load(reader)) end)))
  show(pcall(coroutine.wrap(function() local _, m = load(reader); return m end)))
end

print "syntax errors aren't seen"
show(xpcall(load, handler, "x = ="))
show(xpcall(load, handler, function() return nil end))
show(xpcall(load, handler, "return 1", "=name", "b"))

print "handlers that do other things"
local function try(h) show(xpcall(function() return load(readers[6]) end, h)) show(xpcall(function() return load(readers[1]) end, h)) end
try(function() return nil end)
try(function(m) if type(m) == "string" and m:find("again") then return "enough" end error("again", 0) end)
try(function(m) return (debug.traceback(m)) end)
