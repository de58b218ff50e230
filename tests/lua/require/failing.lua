-- require: modules that do not compile, or raise errors.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
package.path = "./require/?.lua"
package.cpath = ""

e(require, "mod.broken")
e(require, "mod.broken")
print(package.loaded["mod.broken"])
e(require, "mod.raises")
e(require, "mod.raises")
print(package.loaded["mod.raises"])
print(select(2, pcall(require, "mod.raises_table")).code)
print(pcall(function() return require "mod.broken" end))

-- After a failure the module may be fixed and loaded.
package.preload["mod.raises"] = function(name, extra) return { name = name, extra = extra } end
local m, extra = require "mod.raises"
print(m.name, m.extra, extra)
package.loaded["mod.raises"], package.preload["mod.raises"] = nil, nil
e(require, "mod.raises")

-- Errors inside preloaded functions.
package.preload.bad = function() error("bad preload") end
e(require, "bad")
package.preload.bad = function() error("no position", 0) end
e(require, "bad")
package.preload.bad = 5
e(require, "bad")
package.preload.bad = nil
e(require, "bad")

-- A module that requires a missing one fails with the inner message.
package.preload.outer = function() return require "inner.missing" end
e(require, "outer")
package.preload.outer = function() local ok = pcall(require, "inner.missing") return { ok = ok } end
print(require "outer".ok)

-- A yield cannot cross require.
package.preload.yields = function() return coroutine.yield("from module") end
local co = coroutine.create(function() return require "yields" end)
print(coroutine.resume(co))
print(coroutine.status(co))
