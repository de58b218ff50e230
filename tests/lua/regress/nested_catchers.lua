-- Calls of pcall nest up to a bound, whatever they do to the message on the way out.
local function around(n) return n > 150 and n < 250 end

local depth = 0
local function protected()
  depth = depth + 1
  pcall(protected)
end
protected()
print(around(depth))

depth = 0
local message
local function handled()
  depth = depth + 1
  local ok, e = xpcall(handled, function(m) return m end)
  if not ok then message = e end
end
handled()
print(around(depth), message)

local function passing() assert(pcall(passing)) end
local ok, e = xpcall(passing, passing)
print(ok, e:find("error", 1, true) ~= nil)

-- The bound holds again after each, and inside of a coroutine resumed at another depth than before.
local function nesting()
  depth = 0
  protected()
  return depth
end
local first = nesting()
print(nesting() == first)
local inner
local co = coroutine.wrap(function()
  pcall(function()
    coroutine.yield()
    error("caught out here")
  end)
  inner = nesting()
end)
co()
local function down(k)
  if k == 0 then co() else pcall(down, k - 1) end
end
down(100)
print(inner < first - 90, inner > first - 110, nesting() == first)
