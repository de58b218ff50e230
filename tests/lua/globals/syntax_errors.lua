-- Chunks with global declarations that do or do not compile.
local list = {
  "global x; y = 1", "global x; x = 1; return x", "global<const> *; x = 1", "global<const> *; return print ~= nil",
    "global *; x1 = 1",
  "global x <const>; x = 1", "global x <close> = 1", "global <close> x", "global <close> *", "global <const> x, y; y = 2",
  "global none; print(1)", "local x; global x; x = 5; return x, _G.x", "global x; local x = 1; return x", "global x; local y = z",
  "global + 1", "global goto", "global function a.b() end", "global function a:b() end", "global function 1() end",
    "global x y", "global <const>",
  "global <foo> x", "global x <bar>", "global <const> x <const>; x = 1", "global <> x", "global x,", "global *, x",
    "global x, *", "global * = 5", "global",
  "global a; do b = 1 end", "global a; local function f() b = 1 end", "global a; return b",
    "global a; function b() end", "global a; function a() end",
  "global <const> a; function a() end", "global<const> *; function a() end",
    "global<const> *; global function a2() end return type(a2)",
  "global none; return _ENV.x", "global _ENV; x = 1", "global x <const>; local function f() x = 1 end",
    "global x; do goto l end; global y; ::l:: print(1)",
  "global a, a; a = 1 return a", "global a<const>; global a; a = 1 return a", "global x; global *; y = 1 return y",
    "global <const> *; global x; x = 1 y = 2",
  "global x; for i = 1, 2 do y = 1 end", "global x; for i = y, 2 do end", "global a; return { b }",
    "global a; a.b = 1; c.d = 2", "global a; a(b)", "global a; b:c()",
  "global a; local t <const> = a; t = 1", "global a; goto b", "global a; ::a:: goto a2; ::a2::", "global a = b",
    "global a = a return a", "global a, b = b, a",
  "global a; local a <const> = 1; a = 2", "global a = 1, 2, b", "global a; if b then end",
    "global a; while a do b = 1 end", "global a; repeat local b = 1 until b", "global a; repeat local b until c",
}
for _, s in ipairs(list) do
  local env = setmetatable({}, { __index = _G })
  local f, m = load(s, "=g", "t", env)
  if not f then print(s, m) else
    local r = table.pack(pcall(f))
    for i = 1, r.n do r[i] = tostring(r[i]) end
    print(s, "ok", table.concat(r, " ", 1, r.n))
  end
end
