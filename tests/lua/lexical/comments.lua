-- short comment
--- three dashes
--[ not a long comment
--[not long either]]
--[[ long ]] print("after a long comment on the same line")
--[[
print("hidden 1")
--]] print("visible after --]]")
---[[
print("visible: three dashes disable the long comment")
--]]
--[==[
 ]] ]=] still
]==] print("level two closes")
--[=[ [[ nested ]] ]=] print "level one closes"
local a = 1 --[[ inline ]] + --[==[ another ]==] 2
print(a)
print(--[[first]] "x" --[[second]], --
  "y" -- third
)
--[==[]==]print("empty long comment")
--[==
print("an incomplete opener is a short comment")
--
print(10 --comment
  - -- comment between operators
  3)
local s = "--not a comment"
print(s, [[--[[ nor this]].. "]")
print(#"--[[" --[["]] , 5)
local b = 5--[[x]]-1
print(b)
print(type(load("--only a comment")), type(load("--[[x]]")), type(load("")))
print(load("--[[ unfinished", "=c"))
print(load("x = 1 --[==[ unfinished ]] ]=]\n\n", "=c"))
print(load("return 1 -- trailing without newline")())
print(load("# a first line with a hash", "=c"))
print(load("return 2 --\r-- \n\r+ 3")())
