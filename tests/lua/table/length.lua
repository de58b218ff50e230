-- The length operator, rawlen, and borders that are unique.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(#{}, #{ 1 }, #{ 1, 2, 3 }, #{ n = 1 }, #{ [0] = 1 }, #{ [-1] = 1 }, #{ [1.5] = 1 }, #{ x = 1, 2 })
print(#"", #"abc", #"a\0b", #("x"):rep(100))
print(#{ nil }, #{ (function() return 1, 2, 3 end)() }, #{ (function() end)() })

local t = {}
for i = 1, 100 do
  t[i] = i
  assert(#t == i)
end
for i = 100, 51, -1 do
  t[i] = nil
  assert(#t == i - 1)
end
print(#t)
t[51], t[52] = 51, 52
print(#t)

-- Filled from the top down, the border appears when the bottom is reached.
local down = {}
for i = 10, 2, -1 do down[i] = i end
down[1] = 1
print(#down)
local huge = {}
for i = 1, 70 do huge[i] = true end
huge[1 << 40] = true
print(#huge)
local floats = {}
floats[1.0], floats[2.0], floats[3] = "a", "b", "c"
print(#floats, floats[1], floats[3.0], next({ [1.0] = 1 }), math.type(next({ [1.0] = 1 })))

-- Holes left by nil in a constructor tail are not counted when at the end.
print(#{ 1, 2, nil }, #{ 1, nil, nil }, #table.pack(1, 2))

local m = setmetatable({ 1, 2, 3 }, { __len = function(self) return "len of " .. rawlen(self) end })
print(#m, rawlen(m), rawlen("four"), rawlen({}))
print(#setmetatable({}, { __len = function() return nil end }), #setmetatable({}, { __len = function() return 1, 2 end }))
print(#setmetatable({}, { __len = function(...) return select("#", ...) end }))
print(#setmetatable({ 1, 2 }, { __index = { 1, 2, 3, 4 } }))
local nested = setmetatable({}, { __len = function() return #("nested") end })
print(#nested + #nested, -#nested, #nested == 6, #{ #nested, #nested })

e(rawlen)
e(rawlen, nil)
e(rawlen, 5)
e(rawlen, print)
e(function() return #nil end)
e(function() local n = 1 return #n end)
e(function() return #print end)
e(function() return #t.missing end)
e(function() return #true end)
e(function() return #setmetatable({}, { __len = 5 }) end)
e(function() return #setmetatable({}, { __len = function() error("no len", 0) end }) end)
