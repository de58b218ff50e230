-- package.preload, custom searchers, the loader data.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
package.path = "./require/?.lua"
package.cpath = ""

package.preload.greet = function(...)
  print("loading", select("#", ...), ...)
  return { hello = function(n) return "hello " .. n end }
end
local greet, data = require "greet"
print(greet.hello("moon"), data)
print(require "greet" == greet, select(2, require "greet"))
package.preload.silent = function() end
print(require "silent")
package.preload.isnil = function() return nil end
print((require "isnil"), package.loaded.isnil)
package.preload["mod.plain"] = function() return "preload wins over files" end
print(require "mod.plain")
package.preload["mod.plain"], package.loaded["mod.plain"] = nil, nil
print(require("mod.plain").where)

-- A searcher that finds modules in a table of sources.
local sources = { answer = "return 42", echo = "return ...", failing = "error('in source')", ["dotted.name"] = "return { ... }" }
table.insert(package.searchers, 2, function(name)
  local source = sources[name]
  if not source then return "no source for '" .. name .. "'" end
  return assert(load(source, "=" .. name)), "memory:" .. name
end)
print(require "answer")
print(require "echo")
e(require, "failing")
local d, extra = require "dotted.name"
print(d[1], d[2], extra)
e(require, "unknown")

-- A searcher may return a loader without data; any callable is not enough.
table.insert(package.searchers, 1, function(name)
  if name == "nodata" then return function(...) return "args " .. select("#", ...) .. " " .. tostring(select(2, ...)) end end
  if name == "callable" then return setmetatable({}, { __call = function() return "called" end }) end
  if name == "nilreason" then return nil, "ignored" end
end)
print(require "nodata")
e(require, "callable")
e(require, "nilreason")
table.remove(package.searchers, 1)

-- The preload table is the one in package, also after a replacement of the field.
local preload = package.preload
package.preload = { late = function() return "late" end }
print(pcall(require, "late") == false)
package.preload = preload
preload.late = function() return "found" end
print(require "late")

-- The file searcher can be called directly.
local loader, file = package.searchers[3]("mod.plain")
print(type(loader), file)
print(package.searchers[3]("absent"))
print(package.searchers[1]("absent"))
print(package.searchers[1]("late") == preload.late, select(2, package.searchers[1]("late")))
print(#package.searchers, type(package.loadlib), package.config:sub(1, 1), #package.config, select(2, package.config:gsub("\n", "")))
