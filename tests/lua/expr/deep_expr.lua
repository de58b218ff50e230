-- Expressions with many live temporaries and long access chains.
local function id(...) return ... end
local a, b, c, d = 1, 2, 3, 4
print(((a + b) * (c + d) - (a * b + c * d)) // ((a | b) + (c & d)) .. "|" .. ((a << b) ~ (c << d)))
print(a + (b + (c + (d + (a + (b + (c + (d + (a + (b + (c + (d + id(1))))))))))))
  )
print((((((((((a + b) + c) + d) + a) + b) + c) + d) + a) + b) + c, a - (b - (c - (d - (a - (b - c))))))
local t = { x = { y = { z = { w = { v = { u = "bottom" } } } } } }
print(t.x.y.z.w.v.u, t["x"].y["z"].w["v"].u, #t.x.y.z.w.v.u)
t.x.y.z.w.v.u = t.x.y.z.w.v.u .. "!"
t.x.y.z["w"].n = (t.x.y.z.w.n or 0) + 1
print(t.x.y.z.w.v.u, t.x.y.z.w.n)
local f = function(x) return function(y) return function(z) return x + y * z end end end
print(f(1)(2)(3), f(f(1)(1)(1))(2)(f(0)(1)(5)))
-- many temporaries
local parts = {}
for i = 1, 120 do parts[i] = "x" .. i end
local decl = {}
for i = 1, 120 do decl[i] = "local x" .. i .. " = " .. i end
local body = table.concat(decl, "\n")
print(load(body .. " return " .. table.concat(parts, " + "))())
print(load(body .. " return #(" .. table.concat(parts, " .. ") .. ")")())
print(select("#", load(body .. " return " .. table.concat(parts, ", "))()))
print(load(body .. " return select(-1, " .. table.concat(parts, ", ") .. ")")())
print(#load(body .. " return {" .. table.concat(parts, ", ") .. "}")())
print(load(body .. " return math.max(" .. table.concat(parts, ", ") .. ")")())
-- right-nested arithmetic needs a register for each level
local src = "return "
for i = 1, 60 do src = src .. "(x + " end
src = "local x = 1 " .. src .. "x" .. (")"):rep(60)
print(load(src)())
src = "local f, x = ... return " .. ("f(x, "):rep(60) .. "x" .. (")"):rep(60)
print(load(src)(function(p, q) return p + q end, 1))
src = "local f = ... return " .. ("{ "):rep(40) .. "f()" .. (" }"):rep(40)
local n, v = 0, load(src)(function() return 7, 8 end)
while type(v) == "table" do n = n + 1; if #v == 2 then io.write("pair ") end v = v[1] end
print(n, v)
src = "local a = ... return a" .. ("[1]"):rep(150)
local self = {} self[1] = self
print(load(src)(self) == self)
src = "local a = ... return a" .. ("()"):rep(150)
local cnt = 0
local function selfcall() cnt = cnt + 1 return selfcall end
for _ = 1, 2 do load(src)(selfcall) end
print(cnt)
src = "local a = ... return a" .. (":m()"):rep(100)
local obj = { n = 0 } function obj:m() self.n = self.n + 1 return self end
print(load(src)(obj).n)
