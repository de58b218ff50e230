-- rawequal, rawget, rawset, rawlen, getmetatable, setmetatable.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

local t = setmetatable({ a = 1 }, {
  __index = function(_, k) return "index " .. tostring(k) end,
  __newindex = function(_, k) error("no new " .. tostring(k), 0) end,
  __len = function() return 99 end,
  __eq = function() return true end,
  __metatable = "locked",
})
print(t.a, t.b, rawget(t, "a"), rawget(t, "b"), #t, rawlen(t))
e(function() t.c = 1 end)
print(rawset(t, "c", 3) == t, t.c, rawget(t, "c"))
local u = setmetatable({}, { __eq = function() return true end })
print(t == u, rawequal(t, u), rawequal(t, t), t ~= u)
print(rawequal(1, 1.0), rawequal("a", "a"), rawequal(nil, nil), rawequal({}, {}), rawequal(0.0, -0.0), rawequal(("x"):rep(50), ("x"):rep(50)), rawequal(1, "1"))
print(rawget({ 10, 20 }, 2.0), rawget({ [2^53] = "big" }, 1 << 53), rawget({}, nil), rawget({}, 0/0))

print(getmetatable(t), getmetatable({}), getmetatable(1), getmetatable(nil), getmetatable(print), type(getmetatable("")))
e(setmetatable, t, {})
e(setmetatable, t, nil)
local falsy = setmetatable({}, { __metatable = false })
print(getmetatable(falsy))
e(setmetatable, falsy, {})
local m = {}
local plain = {}
print(setmetatable(plain, m) == plain, getmetatable(plain) == m, setmetatable(plain, nil) == plain, getmetatable(plain))
print(getmetatable(setmetatable({}, {})) ~= nil, rawequal(getmetatable(setmetatable({}, m)), m))

e(rawequal)
e(rawequal, 1)
e(rawget)
e(rawget, 1, 2)
e(rawget, {})
e(rawset, {})
e(rawset, {}, 1)
e(rawset, 1, 1, 1)
e(rawset, {}, nil, 1)
e(rawset, {}, 0/0, 1)
e(rawget, "abc", 1)
e(rawlen, 5)
e(getmetatable)
e(setmetatable)
e(setmetatable, {})
e(setmetatable, 1, {})
e(setmetatable, {}, 1)
e(setmetatable, {}, "x")
e(setmetatable, nil, {})
e(function() setmetatable({}) end)

-- Chains of __index and __newindex end at raw tables.
local base = { x = "base x", y = "base y" }
local middle = setmetatable({ y = "middle y" }, { __index = base })
local top = setmetatable({}, { __index = middle, __newindex = base })
print(top.x, top.y, top.z)
top.z = "stored in base"
print(rawget(top, "z"), rawget(middle, "z"), base.z, top.z)
local loop = {}
setmetatable(loop, { __index = loop })
e(function() return loop.x end)
local a, b = {}, {}
setmetatable(a, { __index = b })
setmetatable(b, { __index = a })
e(function() return a.x end)
setmetatable(a, { __newindex = b })
setmetatable(b, { __newindex = a })
e(function() a.x = 1 end)
