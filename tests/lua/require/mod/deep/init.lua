-- Helper module: found through the init.lua template.
return { kind = "init", name = (...) }
