-- The registry, user values of what has none, and the library's table.
local registry = debug.getregistry()
print(type(registry), registry == debug.getregistry(), getmetatable(registry))
print(type(registry[1]), registry[2] == _G, type(registry[3]), type(registry._LOADED), registry._LOADED == package.loaded,
  type(registry._PRELOAD), registry._PRELOAD == package.preload)
registry.mine = "kept"
print(debug.getregistry().mine)
registry.mine = nil
print(type(registry["FILE*"]), registry["FILE*"] == debug.getmetatable(io.stdout), registry["FILE*"].__name)
-- User values.
print(debug.getuservalue(io.stdout))
print(debug.getuservalue(io.stdout, 1))
print(debug.getuservalue(io.stdout, 2))
print(debug.getuservalue(io.stdout, 0))
print(debug.getuservalue(io.stdout, -1))
print(debug.getuservalue(1), debug.getuservalue({}), debug.getuservalue(nil), debug.getuservalue("s", 1))
print(debug.setuservalue(io.stdout, "x"))
print(debug.setuservalue(io.stdout, "x", 1))
print(pcall(debug.setuservalue, 1, 2))
print(pcall(debug.setuservalue, {}, 2))
print(pcall(debug.setuservalue, io.stdout))
print(pcall(debug.setuservalue, io.stdout, 1, "x"))
print(pcall(debug.getuservalue, io.stdout, "x"))
print(pcall(debug.setuservalue))
print(pcall(debug.getuservalue))
local id = debug.upvalueid(function() return registry end, 1)
print(type(id), debug.getuservalue(id), pcall(debug.setuservalue, id, 1))
-- The names in the library.
local names = {}
for name, value in pairs(debug) do names[#names + 1] = name .. ":" .. type(value) end
table.sort(names)
print(table.concat(names, " "))
