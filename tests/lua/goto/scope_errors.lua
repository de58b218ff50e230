-- Which gotos compile, and the message of those that do not.
local list = {
  "goto nowhere", "do goto l end do ::l:: end", "goto l; local a; ::l:: print(a)", "goto l; local a; ::l::",
    "goto l; local a; ::l:: ;", "goto l; local a ::l:: ::m:: ; ::n::",
  "do goto l; local a; ::l:: end", "goto l; local a; ::l:: return a", "::l:: ::l::", "::l:: do ::l:: end",
    "do ::l:: end ::l::", "::l:: local function f() ::l:: end", "goto l; local function f() ::l:: end",
  "local function f() goto l end ::l::", "::l:: local function f() goto l end", "if true then ::l:: end goto l",
    "for i = 1, 2 do ::l:: end goto l", "while true do goto l end ::l::", "repeat goto l until true ::l::",
  "repeat local x goto l; local y ::l:: until x", "repeat goto l; local y; ::l:: until y",
    "repeat if true then goto cont end local x; ::cont:: until x",
    "repeat if true then goto cont end local x; x = 1; ::cont:: until true",
  "goto 1", "goto", "goto l l", "::1::", "::l:", "::l", "goto end", "::end::", "goto l ::l::", "local goto = 1",
    "goto = 1", "goto.x = 1", "break", "::break::", "::a:: goto b ::b:: goto c ::c::",
  "\n\ngoto x\n\n", "do\n\ngoto y end", "local function f()\n\n goto z\nend", "::d1::\nx = 1\n::d1::",
    "do goto l1 end; local a; ::l1::; local b", "local x <close> = nil; goto l; ::l::",
    "goto l; local x <close> = nil; ::l::", "goto l; local x <const> = 1; ::l:: return x",
  "goto l; do local a end ::l:: local b", "do local a goto l end ::l::", "goto l; global g; ::l::",
    "goto l; global g; ::l:: g = 1", "for i = 1, 2 do if i then goto continue end local z = 1 ::continue:: end",
    "for i = 1, 2 do if i then goto continue end local z = 1 ::continue:: z = 2 end",
  "while true do if x then goto continue end local z ::continue:: break end",
    "goto f; local function g() end ::f:: g()", "::s:: goto s2; do ::s2:: end", "goto l; ::l:: goto m; ::m::",
    "do ::q:: end goto q",
}
for _, s in ipairs(list) do
  local f, m = load(s, "=g")
  print((s:gsub("\n", "\\n")), f and "ok" or m)
end
