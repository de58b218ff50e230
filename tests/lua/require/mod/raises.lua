-- Helper module: raises an error while loading.
error("raised while loading")
