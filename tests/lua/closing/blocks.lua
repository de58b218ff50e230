-- To-be-closed variables: closed in reverse order at the end of their block.
local log = {}
local function put(s) log[#log + 1] = s end
local function flush(...) print(table.concat(log, " "), ...) log = {} end
local mt = { __close = function(o, e) put("close " .. o.name .. "(" .. tostring(e) .. ")") end }
local function tbc(name) return setmetatable({ name = name }, mt) end
do local a <close> = tbc "a" put "body" end flush()
do local a <close> = tbc "a" local b <close> = tbc "b" local c <close> = tbc "c" put "body" end flush()
do local a <close> = tbc "a" do local b <close> = tbc "b" put "inner" end put "outer" end flush()
do local x <close>, y = tbc "x", "plain" put(y) end flush()
do local x, y <close>, z = 1, tbc "y", 2 put(x .. z) end flush()
-- nil and false are ignored
do local a <close> = nil local b <close> = false local c <close> put "nothing" end flush()
-- the variable is constant but its fields are not; the object closed is the original
do local a <close> = tbc "old" a.name = "renamed" end flush()
-- in if, while, repeat, numeric and generic for
if true then local a <close> = tbc "if" put "then" else local b <close> = tbc "else" end flush()
local n = 0
while n < 2 do local a <close> = tbc("w" .. n) n = n + 1 put "it" end flush()
repeat local a <close> = tbc("r" .. n) n = n + 1 put "it" until n >= 4 flush()
for i = 1, 3 do local a <close> = tbc("f" .. i) if i == 2 then break end put "it" end flush()
for _, v in ipairs { "p", "q" } do local a <close> = tbc(v) end flush()
-- repeat: until may use the variable before it is closed
n = 0
repeat local a <close> = tbc("u" .. n) n = n + 1 until a.name == "u1" flush()
-- function end and return; values are kept
local function f(...) local a <close> = tbc "fa" local b <close> = tbc "fb" put "in f" return ..., a.name end
flush(f(1, 2, 3)) 
local function g() local a <close> = tbc "g" end
flush(g())
local function h() do local a <close> = tbc "h1" do local b <close> = tbc "h2" return "from inner" end end end
flush(h())
local function nested()
  local a <close> = tbc "n1"
  local function k() local b <close> = tbc "n2" return "k" end
  return k(), "x"
end
flush(nested())
-- a return in tail position with a pending close is not a tail call
local function t1() put "t1 runs" return "t1" end
local function t2() local a <close> = tbc "t2" return t1() end
flush(t2())
-- the __close metamethod is looked up at close time, and gets just the value and nil
do
  local o = setmetatable({}, { __close = function(...) put("n=" .. select("#", ...) .. " " .. tostring((select(2, ...)))) end })
  local a <close> = o
end
flush()
do
  local o = setmetatable({ name = "late" }, { __close = function() put "first" end })
  local a <close> = o
  getmetatable(o).__close = function() put "replaced" end
end
flush()
-- any value with a metamethod will do; callable objects too
do
  local a <close> = setmetatable({}, { __close = setmetatable({},
    { __call = function(_, o, e) put("callable " .. type(o) .. tostring(e)) end }) })
end
flush()
do
  local cnt = 0
  local a <close> = setmetatable({}, { __close = function() cnt = cnt + 1 put("cnt" .. cnt) end })
  local b <close> = a
end
flush()
-- closures that captured the variable still work after it was closed
local get
do local a <close> = tbc "cap" get = function() return a.name end end
flush(get())
-- shadowing
do local a <close> = tbc "s1" local a <close> = tbc "s2" local a = "plain" put(a) end flush()
