-- Programs of one large expression: operators, calls, constructors.
local forms = { "return 1" .. (" + a"):rep(1000000), "return f" .. ("()"):rep(1000000), "return {" .. ("{},"):rep(1000000) .. "}" }
local keep = {}
while true do
  for _, s in ipairs(forms) do
    local f, e = load(s)
    if not f then error(e, 0) end
    keep[#keep + 1] = f
  end
end
