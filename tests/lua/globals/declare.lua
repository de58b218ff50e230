-- Basic 'global' declarations and what they allow.
X = 1
do
  global Y, print, X
  Y = 2
  X = X + 1
  print(X, Y)
end
Z = 3
print(X, Y, Z)
do
  global *
  W = X + Z
  print(W)
end
do
  global<const> *
  print(W, type(string), math.maxinteger)
end
do
  global print
  global P <const>, Q
  Q = 10
  print(P, Q)
end
do
  global <const> print, R, assert
  print(R == nil, assert(true))
end
-- a declaration alone does not change the value
V = "kept"
do global V, print print(V) V = nil print(V) end
print(V)
-- shadowing between local and global
local x = "local x"
x_ = nil
do
  global x, print, _G
  x = "global x"
  print(x, _G.x)
  do
    local x = x .. " copied"
    print(x)
    global x
    x = x .. "!"
    print(x, _G.x)
  end
end
print(x, _G.x)
-- initialised declarations
global A, B = "a", "b"
global C, D <const> = "c"
global print, _G, pairs, select, load, tostring, string, ipairs, table, type
print(A, B, C, D)
global E, F, G = (function() return 1, 2, 3 end)()
print(E, F, G)
local H <const> = 5
global I = H + E
print(I, _G.I)
-- mixed with the old style through _G and _ENV
_G.dynamic = "by _G"
print(_G.dynamic, _ENV.dynamic)
global dynamic
print(dynamic)
dynamic = nil
print(_G.dynamic, _ENV["A"])
-- the scope of a declaration ends with its block
if true then global inner inner = 1 end
while true do global inner print(inner) inner = 2 break end
for i = 1, 1 do global inner print(inner, i) end
print(load("global a; a = 1; do global b; b = 2 end return a")())
print(load("do global a; a = 1 end b = 2 return b")())
