-- Helper module: returns nothing, so require stores true.
nothing_ran = (nothing_ran or 0) + 1
