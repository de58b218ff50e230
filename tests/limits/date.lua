-- Dates with a long format.
local keep, f = {}, ("%c "):rep(1000000)
while true do keep[#keep + 1] = os.date(f) end
