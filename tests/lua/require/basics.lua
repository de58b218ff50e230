-- require: loading once, what modules receive and what they return.
package.path = "./require/?.lua;./require/?/init.lua"
package.cpath = "./require/?.so"

local m, where = require "mod.plain"
print(m.name, m.where, where, m.loads, m.add(2, 3))
print(require "mod.plain" == m, loads, package.loaded["mod.plain"] == m)
print(select("#", require "mod.plain"), select(2, require "mod.plain"))

-- Unloading by hand loads again.
package.loaded["mod.plain"] = nil
local again = require "mod.plain"
print(again ~= m, again.loads, loads)

-- Modules without a value, with false, with several values.
print(require "mod.nothing", nothing_ran)
print((require "mod.nothing"), nothing_ran, package.loaded["mod.nothing"])
print(require "mod.isfalse", false_ran)
print((require "mod.isfalse"), false_ran, package.loaded["mod.isfalse"])
print(require "mod.several")
print((require "mod.several"))
print((require "mod.sets_loaded").by)

-- Deeper names and init.lua.
local deep = require "mod.deep"
print(deep.kind, deep.name, select(2, require "mod.deep"))
local leaf, from = require "mod.deep.leaf"
print(leaf.kind, leaf.name, from, leaf.up == deep)

-- A value placed in package.loaded beforehand is taken as it is.
package.loaded.fake = "a string"
print(require "fake", (require "fake"))
package.loaded.number = 0
print(require "number")
print(require "string" == string, require "_G" == _G, require "table" == table, require("package") == package)
for _, name in ipairs { "coroutine", "debug", "io", "math", "os", "utf8" } do io.write(name, " ", tostring(require(name) == _G[name]), " ") end
print()
print(require "mod.plain" == require("mod.plain"), #package.searchers)
print(pcall(require))
print(pcall(require, nil))
print(pcall(require, {}))
