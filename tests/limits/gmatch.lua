-- Iterators over long texts.
local s, keep = ("word "):rep(100000), {}
while true do for w in s:gmatch("%a+") do keep[#keep + 1] = w .. #keep end end
