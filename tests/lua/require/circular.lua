-- Modules that require each other, and themselves.
package.path = "./require/?.lua"
package.cpath = ""

local ping = require "mod.ping"
print(ping.name, ping.pong.name, ping.pong.ping == ping, ping.pong.ping_name)
print(require "mod.pong" == ping.pong, require("mod.pong").ping.pong == ping.pong)

-- A module that requires itself before it is stored runs again.
print(require "mod.self")
print(self_depth, inner, package.loaded["mod.self"])

-- A chain of preloaded modules, in dependency order.
local order = {}
for _, spec in ipairs { { "app", "db", "log" }, { "db", "log", "util" }, { "log", "util" }, { "util" } } do
  local name = spec[1]
  package.preload[name] = function(given, data)
    order[#order + 1] = name
    local deps = {}
    for i = 2, #spec do deps[i - 1] = require(spec[i]) end
    order[#order + 1] = name .. "."
    return { name = name, given = given, data = data, deps = deps }
  end
end
local app, data = require "app"
print(table.concat(order, " "))
print(app.name, app.given, app.data, data, #app.deps, app.deps[1].deps[1] == app.deps[2])

-- Cycles between preloaded modules: without an early value the inner require starts over.
local runs = 0
package.preload.a = function() runs = runs + 1 if runs > 5 then return "deep enough" end return require "b" end
package.preload.b = function() return require "a" end
print(require "a", runs)
print((require "a"), (require "b"), runs)

-- Unloading everything not standard.
local gone = {}
for name in pairs(package.loaded) do
  if package.preload[name] or name:match("^mod%.") then gone[#gone + 1] = name end
end
table.sort(gone)
print(table.concat(gone, " "))
for _, name in ipairs(gone) do package.loaded[name] = nil end
print(package.loaded.app, require "app" ~= app)
