-- Limits on locals, upvalues and registers, and what is just below them.
local function names(prefix, n) local t = {} for i = 1, n do t[i] = prefix .. i end return table.concat(t, ", ") end
local function result(src) local f, m = load(src, "=lim") if not f then return m end return select("#", f()), f() end
print(result("local " .. names("a", 200) .. " = ... return a1, a200"))
print(result("local " .. names("a", 201) .. " return 1"))
print(result("\n\nlocal function f()\nlocal " .. names("a", 201) .. " end"))
print(result("local function f(" .. names("p", 200) .. ") return p200 end return f(" .. (names("", 200)) .. ")"))
print(result("local function f(" .. names("p", 201) .. ") end"))
-- blocks free their locals
local blocks = {}
for i = 1, 5 do blocks[i] = "do local " .. names("b", 190) .. " b1 = " .. i .. " end" end
print(result(table.concat(blocks, "\n") .. " return 'ok'"))
-- for loops take hidden locals
print(result("local " .. names("a", 196) .. " for i = 1, 3 do a1 = i end return a1"))
print(result("local " .. names("a", 199) .. " for i = 1, 3 do a1 = i end return a1"))
-- upvalues
local function upv(n)
  local parts, left, k = {}, n, 0
  while left > 0 do
    local c = math.min(left, 150)
    k = k + 1
    parts[#parts + 1] = "local " .. names("u" .. k .. "_", c) .. " = " .. names("", c) .. (left > c
      and "\nreturn (function()" or "")
    left = left - c
  end
  local uses = {}
  for j = 1, k do for i = 1, math.min(n - (j - 1) * 150, 150) do uses[#uses + 1] = "s = s + u" .. j .. "_" .. i end end
  return table.concat(parts, "\n") .. "\nreturn (function() local s = 0 " .. table.concat(uses, " ")
    .. " return s end)()" .. (" end)()"):rep(k - 1)
end
print(result(upv(100)))
print(result(upv(250)))
print(result(upv(255)))
print(result(upv(256)))
print(result(upv(300)))
-- very many constants and functions in one chunk
local c = {}
for i = 1, 3000 do c[i] = "t[" .. i .. "] = 'str" .. i .. "'" end
print(#load("local t = {} " .. table.concat(c, " ") .. " return t")())
local fnc = {}
for i = 1, 500 do fnc[i] = "function() return " .. i .. " end" end
local fs = load("return {" .. table.concat(fnc, ",") .. "}")()
print(#fs, fs[1](), fs[500](), fs[257]())
-- long jumps
local body = {}
for i = 1, 2000 do body[i] = "x = x + 1" end
print(load("local x = 0 for i = 1, 3 do " .. table.concat(body, "; ") .. " end return x")())
print(load("local x, n = 0, 0 while n < 2 do n = n + 1 if n == 5 then break end " .. table.concat(body, "; ")
  .. " end return x")())
print(load("local x = 0 if x == 1 then " .. table.concat(body, " ") .. " else " .. table.concat(body, " ") .. " end return x")())
-- arguments
print(select("#", load("return " .. names("", 240))()))
print(load("local f = ... return f(" .. names("", 240) .. ")")(function(...) return select("#", ...), (select(240, ...)) end))
print(load("local t = {" .. names("", 300) .. "} return #t", "=args")())
