-- Classes with multiple inheritance: linearization, super calls, properties, operators.
local function merge(sequences)
  local out = {}
  while true do
    local candidate, left = nil, false
    for _, s in ipairs(sequences) do
      if #s > 0 then
        left = true
        local head, good = s[1], true
        for _, other in ipairs(sequences) do
          for i = 2, #other do good = good and other[i] ~= head end
        end
        if good then candidate = head break end
      end
    end
    if not left then return out end
    if not candidate then error("no consistent order of base classes", 0) end
    out[#out + 1] = candidate
    for _, s in ipairs(sequences) do if s[1] == candidate then table.remove(s, 1) end end
  end
end

local inherited = { "__tostring", "__eq", "__lt", "__add", "__len", "__call", "__concat" }

local function class(name, ...)
  local bases = { ... }
  local c = { name = name }
  local sequences = {}
  for _, b in ipairs(bases) do sequences[#sequences + 1] = table.move(b.order, 1, #b.order, 1, {}) end
  sequences[#sequences + 1] = table.move(bases, 1, #bases, 1, {})
  c.order = table.move(merge(sequences), 1, 100, 2, { c })
  local function lookup(key)
    for _, k in ipairs(c.order) do
      local v = rawget(k, key)
      if v ~= nil then return v end
    end
  end
  function c.super(object, method, ...)
    for i = 2, #c.order do
      local f = rawget(c.order[i], method)
      if f then return f(object, ...) end
    end
  end
  -- The same, but following the order of the object's own class.
  function c.next(object, method, ...)
    local order, found = getmetatable(object).class.order, false
    for _, k in ipairs(order) do
      if found and rawget(k, method) then return rawget(k, method)(object, ...) end
      found = found or k == c
    end
  end
  local meta = { class = c, __index = function(_, key) return lookup(key) end, __name = name }
  return setmetatable(c, {
    __index = function(_, key) return lookup(key) end,
    __tostring = function() return "class " .. name end,
    __call = function(_, ...)
      for _, m in ipairs(inherited) do meta[m] = lookup(m) end
      local object = setmetatable({}, meta)
      local init = lookup "init"
      if init then init(object, ...) end
      return object
    end,
  })
end
local function is(object, c)
  local meta = getmetatable(object)
  for _, k in ipairs(meta and meta.class and meta.class.order or {}) do if k == c then return true end end
  return false
end

local Object = class "Object"
function Object:__tostring() return getmetatable(self).class.name .. "(" .. self:describe() .. ")" end
function Object:describe() return "" end

local Shape = class("Shape", Object)
function Shape:init(x, y) self.x, self.y = x, y end
function Shape:describe() return self.x .. "," .. self.y .. " area " .. self:area() end
function Shape:area() return 0 end
function Shape:__lt(other) return self:area() < other:area() end

local Square = class("Square", Shape)
function Square:init(x, y, side) Square.super(self, "init", x, y) self.side = side end
function Square:area() return self.side * self.side end
function Square:__eq(other) return self.side == other.side end

local Named = class("Named", Object)
function Named:rename(n) self.label = n return self end
function Named:describe() return (self.label or "?") .. " " .. (Named.next(self, "describe") or "") end
function Named:__len() return #(self.label or "") end

local NamedSquare = class("NamedSquare", Named, Square)

local s, t, n = Square(1, 2, 3), Square(5, 5, 3), NamedSquare(0, 0, 2):rename "tile"
print(s, t, n, Shape(7, 8), Object())
print(s == t, s == n, s ~= Square(1, 2, 4), n < s, s < n, #n)
print(is(n, Named), is(n, Square), is(n, Object), is(s, Named), is(5, Square), is({}, Square))
for _, c in ipairs { Object, Shape, Square, Named, NamedSquare } do
  local names = {}
  for i, k in ipairs(c.order) do names[i] = k.name end
  print(c, table.concat(names, " > "))
end

-- The diamond: every class is visited once, in linear order.
local trail
local A = class "A"
function A:hello() trail[#trail + 1] = "A" end
local B, C = class("B", A), class("C", A)
function B:hello() trail[#trail + 1] = "B" B.next(self, "hello") end
function C:hello() trail[#trail + 1] = "C" C.next(self, "hello") end
local D = class("D", B, C)
function D:hello() trail[#trail + 1] = "D" D.next(self, "hello") end
for _, c in ipairs { A, B, C, D } do
  trail = {}
  c():hello()
  print(c.name, table.concat(trail, " "))
end
print(pcall(class, "Bad", A, B))
local X, Y = class("X", B, C), class("Y", C, B)
print(pcall(class, "Bad", X, Y))
print(#class("Fine", D, X).order, #class("Also", X, D).order)

-- Methods added later are seen by objects that exist already.
function Shape:grow(by) self.side = (self.side or 0) + by return self end
print(n:grow(3), s:grow(1).side, pcall(function() return s:nothing() end))
