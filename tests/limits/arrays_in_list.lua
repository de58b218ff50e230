-- Small lists in a list.
local t = {}
while true do t[#t + 1] = { #t, #t } end
