-- Long brackets of several levels; the first newline is dropped.
local function show(s) print(string.format("%d %q", #s, s)) end
show [[simple]]
show [==[with ]] and ]=] inside]==]
show [[
first newline dropped]]
show [[

second kept]]
show [=[]=]
show [=[]]=]
show [==[]=]==]
show [[no \n escapes \x41 \z here]]
show [[a
b
c
]]
show [===[
[[nested]] [=[also]=] [==[and]==]
]===]
show [[quote " and ' and \]]
show [=[[[x]]]=]
print(#[[

]])
-- every newline sequence becomes one \n
for _, nl in ipairs { "\n", "\r", "\r\n", "\n\r" } do
  local s = load("return [[" .. nl .. "a" .. nl .. nl .. "b" .. nl .. "]]")()
  show(s)
end
show(load("return [[\r\r\nx\n\r\n]]")())
-- as call arguments and as keys
local function id(...) return ... end
print(id [[arg]], id [=[
arg2]=], #id [[]])
local t = { [ [[key]] ] = 1, [ [=[k]2]=] ] = 2 }
print(t.key, t["k]2"])
-- a comparison of an index that needs spaces: t[ [[key]] ]
print(t[ [[key]] ], t[ [=[k]2]=] ])
for _, src in ipairs { "[[never closed", "[==[ ]] ]=] ", "[=x", "[=", "x = [==", "--[[ open\n\n", "--[=[ ]]" } do
  print((src:gsub("\n", "\\n")), select(2, load("return " .. src, "=s")))
end
