-- Which of several bad arguments is reported, and what is said of one that is missing.
print(pcall(load, nil, {}))
print(pcall(load, {}, {}))
print(pcall(load, {}, "name"))
print(pcall(load, "", {}, {}))
print(pcall(string.pack))
print(pcall(string.pack, nil))
print(pcall(string.pack, "i"))
