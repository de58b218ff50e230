-- Messages of searchers, put together.
local piece = ("x"):rep(10000000)
package.searchers = setmetatable({}, { __index = function() return function() return piece end end })
for i = 1, 1000 do package.searchers[i] = function() return piece end end
require("a module that isn't there")
