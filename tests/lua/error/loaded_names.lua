-- Functions without a name in the calling code go by the one they have in a loaded module, which may be a function itself.
package.loaded["my.module"] = {helper = function(f) return (f()) end, inner = {deep = function(f) return (f()) end}}
package.loaded.callable = function(f) return (f()) end
string.own = function(f) return (f()) end
_G.global_function = function(f) return (f()) end
local m = package.loaded["my.module"]
local function trace() return debug.traceback("trace") end
for _, f in ipairs {m.helper, m.inner.deep, package.loaded.callable, string.own, global_function} do
  print(coroutine.wrap(f)(trace))
end
for _, f in ipairs {string.rep, table.concat, utf8.char, coroutine.create, select, io.open} do print(pcall(f)) end
print(xpcall(function() local x; return x.y end, function(e) return debug.traceback(e) end))
print(xpcall(function() return {} + 1 end, function(e) return debug.traceback(e) end))
