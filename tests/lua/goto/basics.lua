-- goto: backward and forward jumps, continue, nested loops.
local log = {}
local function put(v) log[#log + 1] = tostring(v) end
local function flush() print(table.concat(log, " ")) log = {} end
do local i = 1 ::top:: put(i) i = i + 1 if i <= 5 then goto top end end
flush()
for i = 1, 6 do if i % 2 == 0 then goto continue end put(i) ::continue:: end
flush()
for i = 1, 3 do
  for j = 1, 3 do
    if i * j == 4 then goto done end
    if j > i then goto next_i end
    put(i .. j)
  end
  ::next_i::
end
::done::
flush()
local k = 0
while k < 5 do k = k + 1 if k == 2 then goto cont elseif k == 4 then goto fin end put(k) ::cont:: end
::fin::
flush()
k = 0
repeat k = k + 1 if k == 3 then goto skip end put(k) ::skip:: until k >= 5
flush()
goto forward
put "skipped"
::forward:: put "after"
flush()
-- labels at the end of a block, several in a row, with void statements
do goto e put "no" ::a:: ::b::; ::e:: ; end
do goto x1 ::x2:: put "x2" goto x3 ::x1:: put "x1" goto x2 ::x3:: put "x3" end
flush()
-- the same label name in sibling blocks and functions
do goto l put "no" ::l:: end
do goto l put "no" ::l:: end
local function f() goto l do return "no" end ::l:: return "f" end
put(f())
local function g(n) ::l:: if n > 0 then n = n - 1 goto l end return n end
put(g(100))
flush()
-- out of several blocks at once
do do do do local a, b = 1, 2 put(a + b) goto out end end end end
put "no"
::out:: put "out"
flush()
-- a state machine
local function lex(s)
  local pos, out, tok = 1, {}, ""
  local c
  ::start::
  c = s:sub(pos, pos)
  if c == "" then goto finish end
  pos = pos + 1
  if c == " " then goto start end
  tok = c
  if c:match("%d") then goto number end
  if c:match("%a") then goto word end
  out[#out + 1] = "op:" .. c
  goto start
  ::number::
  c = s:sub(pos, pos)
  if c:match("^%d$") then tok = tok .. c pos = pos + 1 goto number end
  out[#out + 1] = "num:" .. tok
  goto start
  ::word::
  c = s:sub(pos, pos)
  if c:match("^%w$") then tok = tok .. c pos = pos + 1 goto word end
  out[#out + 1] = "id:" .. tok
  goto start
  ::finish::
  return table.concat(out, " ")
end
print(lex("x1 + 23*(foo - 7)"))
-- emulated loops
local n, s = 10, 0
::w:: if n > 0 then s = s + n n = n - 1 goto w end
print(n, s)
local a, b = 1071, 462
::gcd:: if b ~= 0 then a, b = b, a % b goto gcd end
print(a)
if true then goto inside_then end
print "skipped"
::inside_then::
print "end"
