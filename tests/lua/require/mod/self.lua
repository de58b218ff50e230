-- Helper module: requires itself before it has a value.
self_depth = (self_depth or 0) + 1
if self_depth < 3 then inner = require "mod.self" end
return self_depth
