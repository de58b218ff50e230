-- Functions of any number of arguments that hand them on, count them and pick from them.
local unpack = table.unpack or unpack

local function sum(...)
  local total = 0
  for i = 1, select("#", ...) do total = total + (select(i, ...)) end
  return total
end

local function pass(f, ...) return f(...) end

local function collect(...)
  local list = { ... }
  return #list, list[#list]
end

local function run(n)
  local check, list = 0, {}
  for i = 1, 8 do list[i] = i end
  for i = 1, n do
    local count, last = pass(collect, i, i + 1, i + 2)
    check = (check + pass(sum, i, count, last) + sum(unpack(list, 1, i % 8 + 1))) % 1000003
  end
  return check
end

return { name = "variable arguments", n = 210000, run = run, expect = "277688" }
