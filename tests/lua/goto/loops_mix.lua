-- goto together with every loop form and to-be-closed variables.
local log = {}
local function put(...) log[#log + 1] = table.concat({ ... }) end
local function flush() print(table.concat(log, " ")) log = {} end
local function tbc(name) return setmetatable({}, { __close = function() put("/", name) end }) end
for i = 1, 3 do local c <close> = tbc("c" .. i) if i == 2 then goto continue end put(i) ::continue:: end
flush()
for i = 1, 3 do local c <close> = tbc("d" .. i) if i == 2 then goto out end put(i) end
::out:: put "out"
flush()
do
  local n = 0
  ::top::
  local v <close> = tbc("v" .. n)
  n = n + 1
  put(n)
  if n < 3 then goto top end
end
flush()
do local a <close> = tbc "a" do local b <close> = tbc "b" do local c <close> = tbc "c" goto far end end end
::far:: put "far"
flush()
-- generic for with closing value left by goto
for k, v in next, { 10, 20, 30 }, nil, tbc "iter" do if k == 2 then goto stop end put(k, v) end
::stop:: flush()
for k in pairs { 1, 2, 3 } do for j in ipairs { 1, 2, 3 } do if j == 2 then goto nextk end put(k, j) end ::nextk:: end
flush()
-- repeat with continue reaching the condition
local i = 0
repeat
  i = i + 1
  if i % 3 == 0 then goto cont end
  put(i)
  ::cont::
until i >= 7
flush()
-- while with two-level continue and redo
local tries = {}
for a = 1, 3 do
  ::redo::
  tries[a] = (tries[a] or 0) + 1
  if tries[a] < a then goto redo end
  put(a, "x", tries[a])
end
flush()
local r, c = 0, 0
while true do
  r = r + 1
  c = 0
  while true do
    c = c + 1
    if c == 3 then goto row end
    if r == 3 then goto all end
    put(r, ",", c)
  end
  ::row::
end
::all:: flush()
-- numeric for variable is intact after jumps; the loop can be re-entered
local rounds = 0
::enter::
for z = 1, 4 do if z == 3 then rounds = rounds + 1 if rounds < 3 then goto enter end end put(z) end
put("rounds", rounds)
flush()
-- hot loop with goto
local sum, n = 0, 0
::hot::
n = n + 1
if n % 3 == 0 then goto hot end
sum = sum + n
if n < 10000 then goto hot end
print(sum, n)
local primes, p = {}, 1
::nextp::
p = p + 1
for d = 2, p - 1 do if d * d > p then break end if p % d == 0 then goto nextp end end
primes[#primes + 1] = p
if #primes < 15 then goto nextp end
print(table.concat(primes, " "))
