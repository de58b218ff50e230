-- if / elseif / else chains and do blocks.
local function class(x)
  if x == nil then return "nil"
  elseif x == false then return "false"
  elseif type(x) == "number" then
    if x < 0 then return "negative" elseif x == 0 then return "zero" elseif x < 10 then return "small" else return "big" end
  elseif x == "" then return "empty"
  else return type(x) end
end
print(class(), class(false), class(true), class(-1), class(0), class(-0.0), class(9.99), class(10), class(""),
  class("x"), class({}))
if 0 then print "0 is true" end
if "" then print "'' is true" end
if {} then print "{} is true" end
if nil then elseif false then else print "else" end
if true then end
if false then else end
if not nil then print "not nil" end
local x = 5
if x > 3 and x < 10 then print "in" end
if x > 3 and x < 4 or x == 5 then print "or" end
if not (x == 5) then print "wrong" elseif not (x ~= 5) then print "double" end
if (x) then local x = "inner" print(x) end
print(x)
do local x = 1 do local x = 2 print(x) end print(x) end
do end
do ; ; ; end
;
;;; print "semicolons";
do return_ = 1 end
print(return_)
-- conditions on every comparison, both ways
local function cmp(a, b)
  local s = ""
  if a < b then s = s .. "<" end
  if a <= b then s = s .. "<=" end
  if a > b then s = s .. ">" end
  if a >= b then s = s .. ">=" end
  if a == b then s = s .. "==" end
  if a ~= b then s = s .. "~=" end
  if not (a < b) then s = s .. "!<" end
  if not (a <= b) then s = s .. "!<=" end
  if not (a > b) then s = s .. "!>" end
  if not (a >= b) then s = s .. "!>=" end
  return s
end
print(cmp(1, 2), cmp(2, 1), cmp(1, 1), cmp(1, 1.0), cmp(1.5, 1), cmp("a", "b"), cmp(0 / 0, 1), cmp(math.huge, math.maxinteger))
local function const(a)
  local s = ""
  if a < 3 then s = s .. "<" end
  if a <= 3 then s = s .. "<=" end
  if a > 3 then s = s .. ">" end
  if 3 >= a then s = s .. "3>=" end
  if 3 < a then s = s .. "3<" end
  if a == 3 then s = s .. "==" end
  if a ~= 3 then s = s .. "~=" end
  if a == 3.0 then s = s .. "==f" end
  if a == "3" then s = s .. "==s" end
  if a == nil then s = s .. "nil" end
  return s
end
print(const(1), const(3), const(3.0), const(3.5), const(-1e9), const(0 / 0), const(math.mininteger))
print(pcall(const, "3"))
print(pcall(const, nil))
-- long chain of elseif
local src = { "local x = ... if x == 0 then return 'zero' " }
for i = 1, 300 do src[#src + 1] = "elseif x == " .. i .. " then return 'v" .. i .. "' " end
src[#src + 1] = "else return 'none' end"
local f = load(table.concat(src))
print(f(0), f(1), f(150), f(300), f(301), f("1"), f(2.0))
