-- The length operator on strings and sequences.
print(#"", #"abc", #"\0\0", #"\u{20AC}", #("x"):rep(1000), #[[
ab]])
print(#{}, #{ 1 }, #{ 1, 2, 3 }, #{ nil }, #{ n = 1 }, #{ [1] = 1, [2] = 2 }, #{ "a", x = 1, "b" }, #{ { 1, 2 }, 3 })
local t = {}
for i = 1, 100 do t[#t + 1] = i end
print(#t, t[100], t[101])
for i = 1, 50 do t[#t] = nil end
print(#t, t[50], t[51])
t[#t + 1] = "x"; t[#t + 1] = "y"
print(#t, t[51], t[52])
while #t > 0 do t[#t] = nil end
print(#t, next(t))
-- hash-only integer keys reach the border as well
local h = {}
for i = 1, 20 do h[i * 1.0] = i end
print(#h, h[20])
h[20] = nil
print(#h)
h["21"] = 1
h[-1], h[0] = 1, 1
print(#h)
-- built from the back: a border must satisfy its definition
local r = {}
for i = 32, 1, -1 do r[i] = i end
print(#r)
local function border(x)
  local n = #x
  return (n == 0 or x[n] ~= nil) and x[n + 1] == nil
end
for _, holes in ipairs { { 3 }, { 1 }, { 10 }, { 5, 6, 7 }, { 1, 2, 3, 4 }, { 2, 4, 6, 8, 10 }, { 9, 10 } } do
  local a = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }
  for _, k in ipairs(holes) do a[k] = nil end
  io.write(tostring(border(a)), " ")
end
print()
print(border { 1, nil, 3 }, border { nil, nil, 3 }, border { 1, 2, nil, 4 }, border { nil, 2 }, border { [4] = 4 })
-- precedence and errors
local s = "abc"
print(#s .. "x", -#s, #s + #s, #s == 3, not #s, #tostring(#s))
for _, src in ipairs { "return #nil", "return #5", "return #true", "return #print", "local a return #a",
  "local t = {} return #t.x", "return #und", "return #(1 + 1)", "local a = 1.5 return #a" } do
  print(src, select(2, pcall(load(src, "=l"))))
end
print(#setmetatable({}, { __len = function() return "len" end }), rawlen(setmetatable({ 1, 2 }, { __len = error })),
  rawlen("four"))
print(pcall(rawlen, 5))
print(#table.pack(), #table.pack(1, 2), #table.pack(nil), table.pack(nil, nil).n)
