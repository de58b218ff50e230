-- Line events of expressions over several lines.
local values = {
  f = function(...) return ... end, one = 1, two = 2, no = false, yes = true, text = "t",
  t = {1, 2, x = 3, f = function() return {x = 4} end}, ipairs = ipairs, next = next,
  closer = setmetatable({}, {__close = function() end}),
}
values.t.t = values.t
values._ENV = values

local function lines(source)
  values.count = 0
  local events = {}
  local co = coroutine.create(assert(load(source, "=chunk", "t", values)))
  debug.sethook(co, function(_, line)
    if debug.getinfo(2, "S").source == "=chunk" then events[#events + 1] = line end
  end, "l")
  local ok, message = coroutine.resume(co)
  print(table.concat(events, " "), ok or message)
end

for source in ([==[
local t = {
  1,
  2,
  f(),
}
x = t
----
local t = {
  one, two
  ,
  f(1)
  ;
  [one]
  =
  two,
  x = f(
    1
  ),
  ...

}
----
x = {}
y = {

}
z = { f
(
1
)
}
----
local a = yes
 and two
 or 3
local b = no
 and two
 or
 3
local c = not
 yes
 or no
 == yes
----
local a =
 f(one)
 and
 f(no) or
 (one
 ==
 two
 )
x = a
----
if f(
  yes
) and
  not no
  or
  two then
  x = 1
elseif f(yes)
then
  x = 2
end
if no
  or f(no)
then
elseif
  one == two
  or one
  < two
then
  x = 3
else
  x = 4
end
----
x = one
 +
 two *
 f(
 3
 )
 - 10
x = 10
 -
 one
x = 10
 +
 one
x = "10"
 +
 f(1)
----
x = text
 .. one
 .. (
 two .. text
 )
 ..
 f(text)
----
x = one
 <
 two
y = 1.5
 <
 f(two)
z = 1
 <
 f(
 two
 )
w = one
 ==
 f(1
 ) ~= no
----
x = t
 .f(
 )
 .x
y = t
 [
 one
 ]
z = t
 [ t
 .t
 [two
 ]
 ]
t
 [1.5
 ] = f(
 1
 )
_ENV [
 f "g"
 ] = 1
----
local s = t
 . t
 .
 f (
 one ,
 two
 )
 .x
f (
 f
 (
 1
 ),
 s ,
 { s
 }
)
----
return one
 ,
 f(
 two
 )
----
return f(
 one
 ,
 two
 )
----
for i =
 one
 ,
 f(
 two
 )
do
 x = i
end
for i = 1,
 2
do end
----
for i, v
 in ipairs
 (t)
do
 x =
 v
end
for k
 in
 next
 , {}
do
end
----
local n = 0
repeat
 local m = n
 n =
 n + 1
until n
 >
 2
 or m
 == 5
while
 n
 > 0
do
 n = n
 - 1
 if n
 == 1 then break end
end
----
local n = 0
::top::
n = n + 1
if n < 3 then goto
 top
end
goto done
x = 1
::done::
----
local a = 1
local function g(
 b
)
 a = a
 +
 b
 local c = a
 return function()
   a = c
   return a
 end
end
g(
 1
)()
x = function()
 return a
end
a = f(
 a
)
----
local x <close> = closer
do
 local y <close> =
 closer
 f(
 1
 )
end
for i = 1, 2 do
 local z <close> = closer
 if i == 2 then
 break
 end
end
----
while yes do
 if no then
 f()
 else
 f(1)
 if yes then break
 end
 end
end
]==]):gmatch("(.-)%-%-%-%-\n") do lines(source) end
