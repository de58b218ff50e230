-- Compile-time checks beyond the grammar: labels, attributes, varargs, limits, modes, chunk names.
local function try(src, name)
  local f, m = load(src, name or "=sem")
  print((src:gsub("\n", "\\n"):sub(1, 90)), f and "compiles" or m)
end
for _, s in ipairs {
  "goto nope", "do goto nope end", "while true do goto nope end", "function f() goto out end ::out::", "::a:: ::a::",
    "::a:: do ::a:: end", "do ::a:: end ::a::", "goto a; local x; ::a:: x = 1", "goto a; local x; ::a::",
    "do goto a; local x; ::a:: end", "repeat goto a; local x; ::a:: until x", "break", "do break end",
    "if x then break end", "function f() break end", "while x do function f() break end end",
    "while x do break end break", "for i = 1, 2 do break; break end", "repeat break until break",
    "while x do break x = 1 end",
  "local x <const> = 1; x = 2", "local x <const> = 1; x, y = 1, 2", "local x <const> = 1; y, x = 1, 2",
    "local x <close> = nil; x = 2", "local x <other> = 1", "local x <const> = 1 function x() end",
    "local x <const> = {} x.y = 1", "local x <const> = 1 local function f() x = 1 end",
    "local x <close>, y <close> = 1", "for i = 1, 2 do i = 1 end", "for i, v in p do i = 1 end",
    "for i, v in p do v = 1 end", "for i = 1, 2 do local i = 1 i = 2 end", "for i = 1, 2 do function i() end end",
    "for i = 1, 2 do i.x = 1 end", "for i in p do local function f() i = nil end end", "function f(...t) t = 1 end",
    "function f(...t) t.n = 1 end", "function f(a, ...a) a = 1 end",
    "local function f(...t) return function() t = 1 end end",
  "global x; y = 1", "global x <const>; x = 1", "global <const> *; x = 1", "global x <close>",
    "global x; local x = 1; x = 2", "local x; global x; x = 1", "global none; f()", "global x, y; z = x",
    "function f() global a; b = 1 end", "do global a end b = 1", "global <const> a; function a() end",
    "global function f() g() end", "global f; function f() g() end", "global a; a.b.c = d",
    "global a; local t = { a, b }", "global a; for i = 1, n do end", "global a; return function() return b end",
    "global x; x = function() y = 1 end",
  "function f() return ... end", "function f(a) local b = ... end", "return function() return ... end",
    "x = function(...) return function() return ... end end", "function f() return {...} end", "return ...",
    "local x = ...", "function f() f(...) end", "function t:m() return ... end",
    "function f(...) local function g() return select('#', ...) end end",
} do try(s) end
local function names(p, n, sep) local t = {} for i = 1, n do t[i] = p .. i end return table.concat(t, sep or ", ") end
try("local " .. names("a", 201))
try("local function f() local " .. names("a", 201) .. " end")
try("\n\nfunction f(" .. names("a", 201) .. ") end") try("local " .. names("a", 200))
try(("local x\n"):rep(201)) try("for " .. names("a", 201) .. " in x do end")
try(names("a", 100) .. " = 1") try(("::l::"):rep(3))
for _, m in ipairs { { ("("):rep(500) .. "1" .. (")"):rep(500) }, { "x = " .. ("{"):rep(500) },
  { ("if x then "):rep(500) }, { "x = " .. ("-"):rep(1) .. (" -"):rep(500) .. "1" }, { ("function f() "):rep(500) },
  { "x = " .. ("a^"):rep(500) .. "a" }, { "x = " .. ("f("):rep(500) .. (")"):rep(500) },
  { ("while x do "):rep(500) } } do
  local ok, f, e = pcall(load, m[1], "=deep") print(ok, f, e:find("overflow") and "overflow" or e)
end
-- names of chunks in messages
try("x =", "=name") try("x =", "@file.lua") try("x =", "@" .. ("d/"):rep(60) .. "file.lua")
try("x =", "=" .. ("n"):rep(80)) try("x =") try("x =", "text chunk") try("x =", "two\nlines")
try("x =", "") try("\n\nx =", "@f") try("x = ", "[string]") try("x =", "=?") try("x =", "=[C]")
print(load("x =", nil)) print(load("\n\n\nlong = 'a' 5", nil))
print(load(("very long source text "):rep(10), nil)) print(load("short", nil))
print(load("\nshort", nil))
print(load(function() return nil end) ~= nil, load("") ~= nil, load("   \n\t ") ~= nil, load(";;;") ~= nil)
-- load itself: modes, readers, environments
print(load("return 1", "=m", "b")) print(load("\27Lua", "=m", "t")) print(pcall(load))
print(pcall(load, nil)) print(pcall(load, {})) print(pcall(load, 5))
print(load("return 5", "=n", "bt")()) local parts, i = { "x = ", "= 1" }, 0
print(load(function() i = i + 1 return parts[i] end, "=parts"))
print(pcall(load, function() return 5, error("reader fails", 0) end))
print(pcall(load, function() return true end)) print(pcall(load, function() return {} end, "=tbl"))
print(dofile == nil or pcall(dofile, "no/such/file.lua"))
print(loadfile("no/such/file.lua")) print(pcall(load("return dofile('nofile.lua')", "=d")))
