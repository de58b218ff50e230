-- One concatenation of the same long piece, many times.
local piece, t = ("x"):rep(100000), {}
while true do
  for i = 1, 1000 do t[#t + 1] = piece end
  table.concat(t, ", ")
end
