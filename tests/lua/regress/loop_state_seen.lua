-- The hidden state of a loop, looked at by a debugger, is made of ordinary numbers.
local seen = {}
for i = -2, 2 do
  local n = 1
  while true do
    local name, value = debug.getlocal(1, n)
    if not name then break end
    if name == "(for state)" then seen[#seen + 1] = value end
    n = n + 1
  end
end
for k, v in ipairs(seen) do print(k, v, math.type(v), v == tonumber(tostring(v)), ({ [v] = "found" })[v + 0]) end
