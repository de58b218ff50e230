-- One library of higher-order functions, used from several places with different functions in it.
local function range(from, to)
  return function(_, at)
    if at < to then return at + 1 end
  end, nil, from - 1
end

local function map(f, iterate, state, at)
  return function()
    at = iterate(state, at)
    if at ~= nil then return f(at) end
  end
end

local function filter(test, iterate)
  return function()
    while true do
      local value = iterate()
      if value == nil or test(value) then return value end
    end
  end
end

local function fold(f, initial, iterate)
  local result = initial
  for value in iterate do result = f(result, value) end
  return result
end

local function add(a, b) return (a + b) % 1000003 end
local function even(x) return x % 2 == 0 end
local function square(x) return x * x % 1009 end

local function first(n) return fold(add, 0, filter(even, map(square, range(1, n)))) end

local function second(n)
  local factor = 3
  return fold(math.max, 0, filter(function(x) return x % factor ~= 1 end, map(function(x) return x % 977 end, range(1, n))))
end

local function third(n)
  local text = fold(function(s, x) return #s < 40 and s .. x or s end, "", filter(function(x) return #x == 2 end,
    map(function(x) return tostring(x % 100) end, range(1, n))))
  return #text
end

local function run(n)
  local total = 0
  for _ = 1, n do total = (total + first(1000) + second(1000) + third(200)) % 1000003 end
  return total
end

return { name = "pipelines", n = 410, run = run, expect = "605487" }
