-- Helper module: raises an error that is not a string.
error({ code = 17 })
