-- Helper module: only the first returned value counts.
return "first", "second", "third"
