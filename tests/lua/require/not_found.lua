-- require: the message that lists every place tried.
local function e(f, ...) print((select(2, pcall(f, ...)))) end
package.path = "./require/?.lua;./none/?.lua"
package.cpath = "./clib/?.so"

e(require, "absent")
e(require, "absent.inner.most")
e(require, "")
package.path = "./one/?/two/?.lua"
e(require, "a.b")
package.path = ""
package.cpath = ""
e(require, "absent")
package.path = "fixed/name.lua"
e(require, "absent")
package.path = ";;./x/?.lua;"
e(require, "absent")
package.path, package.cpath = "?", "?"
e(require, "surely-absent")

package.path = nil
e(require, "absent")
package.path = 42
package.cpath = {}
e(require, "absent")
package.path = "./require/?.lua"
package.cpath = ""

-- A function in preload changes what is tried first.
package.preload.other = function() return 1 end
e(require, "absent")

-- Errors from a wrong package table.
local saved = package.searchers
package.searchers = nil
e(require, "absent")
package.searchers = "x"
e(require, "absent")
package.searchers = {}
e(require, "absent")
package.searchers = { function() return nil end, function() return "reason one" end, function(name) return "reason two for " .. name end }
e(require, "absent")
package.searchers = { function() return 5 end }
e(require, "absent")
package.searchers = { function() error("searcher failed", 0) end }
e(require, "absent")
package.searchers = { 7 }
e(require, "absent")
package.searchers = saved
e(function() require "absent" end)
e(function() require "absent.from.function" end)
