-- A machine with a handler closure for each of 320 instructions, of which always another third is in use.
local function machine()
  local m = { a = 1, b = 2, pc = 0, memory = {} }
  for i = 0, 63 do m.memory[i] = i end
  return m
end

local function handlers()
  local list = {}
  for i = 0, 319 do
    local operand, kind = i % 64, i % 10
    if kind < 3 then
      list[i] = function(m) m.a = (m.a + m.memory[operand]) % 256 end
    elseif kind < 5 then
      list[i] = function(m) m.memory[operand] = (m.a + m.b) % 256 end
    elseif kind < 7 then
      list[i] = function(m) m.b = (m.b * 5 + operand) % 256 end
    elseif kind < 8 then
      list[i] = function(m) m.a, m.b = m.b, m.a end
    elseif kind < 9 then
      list[i] = function(m) if m.a > m.b then m.pc = m.pc + operand % 4 end end
    else
      list[i] = function(m) m.memory[m.b % 64] = (m.memory[m.a % 64] + 1) % 256 end
    end
  end
  return list
end

local function program(length, seed)
  local code = {}
  for i = 0, length - 1 do
    seed = (seed * 48271) % 2147483647
    -- What is used wanders through the instructions.
    code[i] = (math.floor(i / 25) + seed % 107) % 320
  end
  return code
end

local function run(n)
  local m, list, length = machine(), handlers(), 8000
  local code = program(length, 77)
  for _ = 1, n do
    m.pc = m.pc % length
    while m.pc < length do
      local handler = list[code[m.pc]]
      m.pc = m.pc + 1
      handler(m)
    end
  end
  local sum = m.a * 256 + m.b
  for i = 0, 63 do sum = (sum * 3 + m.memory[i]) % 1000003 end
  return sum
end

return { name = "many handlers", n = 150, run = run, expect = "608269" }
