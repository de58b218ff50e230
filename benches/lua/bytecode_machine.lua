-- An interpreter for a register machine: a chain of comparisons in a fetch loop.
local LOAD, MOVE, ADD, SUB, MUL, MOD = 1, 2, 3, 4, 5, 6
local JUMP, JLT, JEQ, STORE, FETCH, HALT = 7, 8, 9, 10, 11, 12

local function execute(code, r, memory)
  local pc, count = 1, 0
  while true do
    local op, a, b, c = code[pc], code[pc + 1], code[pc + 2], code[pc + 3]
    pc = pc + 4
    count = count + 1
    if op == ADD then
      r[a] = r[b] + r[c]
    elseif op == JLT then
      if r[a] < r[b] then pc = c end
    elseif op == FETCH then
      r[a] = memory[r[b]]
    elseif op == STORE then
      memory[r[a]] = r[b]
    elseif op == LOAD then
      r[a] = b
    elseif op == MOVE then
      r[a] = r[b]
    elseif op == SUB then
      r[a] = r[b] - r[c]
    elseif op == MUL then
      r[a] = r[b] * r[c]
    elseif op == MOD then
      r[a] = r[b] % r[c]
    elseif op == JEQ then
      if r[a] == r[b] then pc = c end
    elseif op == JUMP then
      pc = a
    else
      return count
    end
  end
end

-- Marks multiples below the limit in r3 and counts the primes into r7.
local function program(limit)
  local code = {}
  local function emit(op, a, b, c)
    local at = #code
    code[at + 1], code[at + 2], code[at + 3], code[at + 4] = op, a or 0, b or 0, c or 0
    return at + 1
  end
  emit(LOAD, 1, 1)
  emit(LOAD, 2, 2)
  emit(LOAD, 3, limit)
  emit(LOAD, 6, 0)
  emit(LOAD, 7, 0)
  local outer = emit(FETCH, 4, 2)
  local skip = emit(JEQ, 4, 1)
  emit(ADD, 7, 7, 1)
  emit(MUL, 5, 2, 2)
  local leave = emit(JLT, 3, 5)
  local inner = emit(STORE, 5, 1)
  emit(ADD, 5, 5, 2)
  emit(JLT, 5, 3, inner)
  local after = #code + 1
  emit(ADD, 2, 2, 1)
  emit(JLT, 2, 3, outer)
  emit(HALT)
  code[skip + 3], code[leave + 3] = after, after
  return code
end

local function run(n)
  local limit = 10000
  local code, total, primes = program(limit), 0, 0
  for _ = 1, n do
    local memory, registers = {}, {}
    for i = 1, limit + limit do memory[i] = 0 end
    total = total + execute(code, registers, memory)
    primes = registers[7]
  end
  return primes .. " " .. total
end

return { name = "bytecode machine", n = 24, run = run, expect = "1229 2270928" }
