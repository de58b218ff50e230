-- rawget, rawset, rawequal, rawlen, getmetatable, setmetatable and their arguments.
local t = setmetatable({ a = 1 }, { __index = function() return "idx" end, __newindex = function() error "no" end,
  __len = function() return 99 end, __eq = function() return true end })
print(rawget(t, "a"), rawget(t, "b"), t.b, rawset(t, "b", 2) == t, rawget(t, "b"), rawlen(t), #t, rawequal(t,
  setmetatable({}, getmetatable(t))), t == setmetatable({}, getmetatable(t)))
rawset(t, 1, "one") rawset(t, 2.0, "two") rawset(t, "n", nil) print(rawget(t, 1.0), rawget(t, 2), rawlen(t), rawget(t, "n"))
print(rawlen "abc", rawlen {}, rawlen { 1, 2, 3 }, rawequal("a", "a"), rawequal(1, 1.0), rawequal(0.0, -0.0),
  rawequal(0 / 0, 0 / 0), rawequal(nil, nil), rawequal({}, {}))
print(pcall(rawget, nil, 1)) print(pcall(rawget, "s", 1)) print(pcall(rawget, {}))
print(pcall(rawset, {}, "k")) print(pcall(rawset, "s", 1, 2)) print(pcall(rawlen))
print(pcall(rawlen, 1)) print(pcall(rawequal)) print(pcall(rawset, {}, nil, 1))
print(pcall(rawset, {}, 0 / 0, 1))
print(rawget({}, nil), rawget({ 1 }, 1, "extra ignored"))
-- setmetatable returns its first argument; nil removes
local mt = {} local o = {}
print(setmetatable(o, mt) == o, getmetatable(o) == mt, setmetatable(o, nil) == o, getmetatable(o))
print(pcall(setmetatable, o)) print(pcall(setmetatable, o, false))
print(pcall(setmetatable, nil, {})) print(pcall(setmetatable, print, {}))
print(pcall(setmetatable, "s", {})) print(pcall(setmetatable))
print(setmetatable(o, mt, "ignored") == o)
-- protected metatables
mt.__metatable = "shield"
print(getmetatable(o), pcall(setmetatable, o, mt), select(2, pcall(setmetatable, o, nil)))
mt.__metatable = nil
print(getmetatable(o) == mt, pcall(setmetatable, o, nil) and getmetatable(o))
-- fields of the metatable itself are read raw
local mm = setmetatable({}, { __index = { __index = { hidden = 1 }, __call = print, __len = function() return 5 end,
  __add = function() return 1 end } })
local p = setmetatable({}, mm) print(p.hidden, #p, pcall(function() return p + 1 end))
print(pcall(p))
-- a shared metatable changed affects all its objects
local shared = {}
local x, y = setmetatable({}, shared), setmetatable({}, shared)
shared.__index = { v = "both" } print(x.v, y.v)
shared.__call = function(_, a) return "called " .. a end
print(x(1), y(2)) shared.__index, shared.__call = nil, nil print(x.v, pcall(x))
-- order of adding events after the metatable was set and used
local late = setmetatable({}, {}) local g = getmetatable(late) local ev = {}
local function probe()
  ev[#ev + 1] = (pcall(function() return late + 1 end) and "add" or "-") .. (pcall(function() return #late end)
    and #late or "-") .. (pcall(function() return late() end) and "call" or "-")
    .. (pcall(function() return late < late end) and "lt" or "-") .. (late == setmetatable({}, g) and "eq" or "-")
    .. tostring(late.k)
end
for i = 1, 3 do probe() end g.__add = function() end probe() g.__len = function() return 7 end
probe() g.__call = function() end probe() g.__lt = function() end probe()
g.__eq = function() return true end probe() g.__index = { k = "K" } probe()
print(table.concat(ev, " "))
ev = {}
for _, k in ipairs { "__add", "__len", "__call", "__lt", "__eq", "__index" } do g[k] = nil probe() end
print(table.concat(ev, " "))
-- events added with rawset and removed with rawset while absent-event caching is warm
local w = setmetatable({}, {}) local wm = getmetatable(w) local c = 0
for i = 1, 300 do
  if i == 101 then
    rawset(wm, "__index", function() return "raw" end)
  elseif i == 201 then
    rawset(wm, "__index", nil)
  end
  if w.anything == "raw" then c = c + 1 end
end
print(c)
c = 0
for i = 1, 300 do
  if i == 101 then wm.__newindex = function() c = c + 1 end elseif i == 201 then wm.__newindex = nil end
  w[i] = i
end
print(c, w[100], w[101], w[200], w[201])
c = 0
for i = 1, 300 do
  if i == 101 then wm.__eq = function() c = c + 1 return true end elseif i == 201 then wm.__eq = nil end
  if w == setmetatable({}, wm) then c = c + 1000 end
end
print(c)
c = 0
for i = 1, 300 do
  if i == 101 then wm.__len = function() return 1000 end elseif i == 201 then wm.__len = nil end
  c = c + (#w >= 1000 and 1 or 0)
end
print(c)
-- metatables of metatables and cyclic ones
local self = {} self.__index = self setmetatable(self, self)
print(pcall(function() return self.nothing end)) self.x = 1
print(self.x, getmetatable(self) == self, getmetatable(getmetatable(self)) == self)
self.__index = nil print(self.nothing)
local k = setmetatable({}, { __mode = "kv", __name = "N" })
print(getmetatable(k).__mode, getmetatable(k).__name, getmetatable(1), getmetatable(nil), getmetatable(print),
  getmetatable(true))
