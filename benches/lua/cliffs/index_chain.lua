-- Methods found at every depth of a chain of 99 prototypes, the limit of some engines.
local function chain(depth)
  local prototype = { m0 = function(self, x) return self.base + x end }
  for level = 1, depth do
    local derived = setmetatable({}, { __index = prototype })
    derived["m" .. level] = function(self, x) return self.base + x * level end
    prototype = derived
  end
  return prototype
end

local function run(n)
  local last = chain(98)
  local object = setmetatable({ base = 3 }, { __index = last })
  local names, sum = {}, 0
  for level = 0, 98 do names[level] = "m" .. level end
  for i = 1, n do
    for level = 0, 98 do sum = (sum + object[names[level]](object, i)) % 1000003 end
    sum = sum + object:m0(i) + object:m50(i) + object:m98(i)
  end
  return sum
end

return { name = "index chain", n = 2300, run = run, expect = "1060251" }
