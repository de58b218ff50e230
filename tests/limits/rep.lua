-- Repetition, ever larger, with and without a separator.
local n, keep = 1, {}
while true do n = n * 2 keep[#keep + 1] = ("ab"):rep(n) keep[#keep + 1] = ("ab"):rep(n, ", ") end
