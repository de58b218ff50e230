-- Short chunks behind one with much text: what loading keeps for the next chunk counts for nobody.
local function try(source)
  local f, e = load(source, "=x")
  return f and "loaded" or e
end
for _, n in ipairs { 10, 1000, 3000, 10000, 50000, 300000 } do
  print(n, try("return '" .. ("a"):rep(n) .. "'"), try(""), try("x=1"), try("local a"), try("a"))
  print(n, try(("n"):rep(n) .. "=1"), try(""), try("f()"))
  print(n, try(("x=1 "):rep(n // 4)), try(""), try("return"))
end
