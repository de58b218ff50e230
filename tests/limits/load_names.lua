-- Programs with many names, and long ones.
local keep, k = {}, 0
while true do
  local parts = {}
  for i = 1, 10000 do k = k + 1 parts[i] = "local name" .. k .. ("x"):rep(i // 10) .. " <const> = " .. k end
  for i = 1, 10000 do parts[i] = "do " .. parts[i] .. " end" end
  local f, e = load(table.concat(parts, "\n"))
  if not f then error(e, 0) end
  keep[#keep + 1] = f
end
