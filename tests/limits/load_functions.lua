-- Functions, each compiled from source.
local keep = {}
while true do
  local f, e = load("local a = ... local s = 0 for i = 1, 3 do s = s + i * a end return s + " .. #keep)
  if not f then error(e, 0) end
  f(1) f(2)
  keep[#keep + 1] = f
end
