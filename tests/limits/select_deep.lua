-- Functions that pass all their arguments on.
local function f(n, ...) if n == 0 then return select("#", ...) end return (f(n - 1, ...)) + 0 end
local s, keep = ("x"):rep(5000), {}
while true do keep[#keep + 1] = {}  f(150, s:byte(1, -1)) for i = 1, 10000 do keep[#keep + 1] = { i } end end
