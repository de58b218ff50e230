-- package.searchpath: templates, separators, messages.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(package.searchpath("mod.plain", "./require/?.lua"))
print(package.searchpath("mod.plain", "./none/?.lua;./require/?.lua"))
print(package.searchpath("mod.deep", "./require/?.lua;./require/?/init.lua"))
print(package.searchpath("mod/plain", "./require/?.lua"))
print(package.searchpath("mod-plain", "./require/?.lua", "-"))
print(package.searchpath("mod.plain", "./require/?.lua", ""))
print(package.searchpath("mod::plain", "./require/?.lua", "::"))
print(package.searchpath("mod:plain", "./require/?.lua", ":", "/"))
print(package.searchpath("a.b.c", "?", ".", "+"))
print(package.searchpath("a.b", "x?y?z"))
print(package.searchpath("require/mod/plain", "?.lua"))
print(package.searchpath("anything", "./require/searchpath.lua"))
print(package.searchpath("none", "./a/?.lua;./b/?.lua;./c/?"))
print(package.searchpath("none", ""))
print(package.searchpath("none", ";"))
print(package.searchpath("none", "?;?;?"))
print(package.searchpath("x%d", "./?.lua"))
print(package.searchpath(12, "./?.lua"))

e(package.searchpath)
e(package.searchpath, "x")
e(package.searchpath, nil, "x")
e(package.searchpath, "x", nil)
e(package.searchpath, "x", {})
e(package.searchpath, "x", "?", {})
e(package.searchpath, "x", "?", ".", {})

-- package.config: directory separator, path separator, mark, and two more lines.
local lines = {}
for line in package.config:gmatch("[^\n]+") do lines[#lines + 1] = line end
print(#lines, lines[2], lines[3], lines[4], lines[5])
print(type(package.path), type(package.cpath), type(package.loaded), type(package.preload), #package.searchers >= 2)

-- loadlib reports failures as three values.
local f, message, where = package.loadlib("./no/such/library.so", "*")
print(f, type(message), type(where))
e(package.loadlib)
e(package.loadlib, "x")
e(package.loadlib, {}, "x")
