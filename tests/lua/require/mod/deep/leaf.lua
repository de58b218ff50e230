-- Helper module in a deeper folder.
return { kind = "leaf", name = (...), up = require "mod.deep" }
