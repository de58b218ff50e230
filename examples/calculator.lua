-- An expression calculator: tokenizer, Pratt parser, evaluator.
--
-- The parser gives every operator a *binding power*. `parse(limit)` reads one operand
-- and then keeps absorbing operators that bind tighter than `limit`; precedence and
-- associativity are nothing more than two numbers per operator.
--
--   lua examples/calculator.lua ['expression' ...]

local Lexer = {}
Lexer.__index = Lexer

function Lexer.new(source)
  return setmetatable({ source = source, at = 1 }, Lexer):advance()
end

function Lexer:fail(message)
  error({ message = message, column = self.start }, 0)
end

function Lexer:advance()
  local source <const> = self.source
  self.start = source:find("%S", self.at) or #source + 1
  local start <const> = self.start
  if start > #source then
    self.kind, self.text = "end", "end of input"
    return self
  end
  for kind, pattern in pairs { number = "^%d+%.?%d*[eE]?%d*", name = "^%a%w*" } do
    local text = source:match(pattern, start)
    if text then
      self.kind, self.text, self.at = kind, text, start + #text
      return self
    end
  end
  local text = source:match("^//", start) or source:match("^[-+*/%%^()=,!]", start)
  if not text then self:fail("unexpected character '" .. source:sub(start, start) .. "'") end
  self.kind, self.text, self.at = "symbol", text, start + #text
  return self
end

-- left and right binding power; right below left makes an operator right-associative.
local infix <const> = {
  ["="] = { 2, 1 },
  ["+"] = { 10, 10 }, ["-"] = { 10, 10 },
  ["*"] = { 20, 20 }, ["/"] = { 20, 20 }, ["//"] = { 20, 20 }, ["%"] = { 20, 20 },
  ["^"] = { 41, 40 },
}
local prefixPower <const> = 30
local postfixPower <const> = 50

local parse

local function parseOperand(lexer)
  local kind, text = lexer.kind, lexer.text
  if kind == "number" then
    lexer:advance()
    return { op = "number", value = tonumber(text) }
  elseif kind == "name" then
    lexer:advance()
    if lexer.text ~= "(" then return { op = "name", name = text } end
    local call = { op = "call", name = text }
    repeat
      lexer:advance()
      call[#call + 1] = parse(lexer, 0)
    until lexer.text ~= ","
    if lexer.text ~= ")" then lexer:fail("expected ')' after the arguments") end
    lexer:advance()
    return call
  elseif text == "(" then
    lexer:advance()
    local inner = parse(lexer, 0)
    if lexer.text ~= ")" then lexer:fail("expected ')' near " .. lexer.text) end
    lexer:advance()
    return inner
  elseif text == "-" then
    lexer:advance()
    return { op = "negate", parse(lexer, prefixPower) }
  end
  lexer:fail("expected an operand near " .. text)
end

function parse(lexer, limit)
  local left = parseOperand(lexer)
  while lexer.kind == "symbol" do
    local op = lexer.text
    if op == "!" and postfixPower > limit then
      lexer:advance()
      left = { op = "!", left }
      goto continue
    end
    do
      local power = infix[op]
      if not power or power[1] <= limit then break end
      lexer:advance()
      left = { op = op, left, parse(lexer, power[2]) }
    end
    ::continue::
  end
  return left
end

local evaluate

local variables = { pi = math.pi, e = math.exp(1) }
local functions <const> = {
  sqrt = math.sqrt, sin = math.sin, cos = math.cos, max = math.max, min = math.min,
  gcd = function(a, b)
    while b ~= 0 do a, b = b, a % b end
    return a
  end,
}

local function binary(compute)
  return function(node) return compute(evaluate(node[1]), evaluate(node[2])) end
end

local actions <const> = {
  number = function(node) return node.value end,
  name = function(node) return variables[node.name] or error("unknown name '" .. node.name .. "'", 0) end,
  call = function(node)
    local f = functions[node.name] or error("unknown function '" .. node.name .. "'", 0)
    local values = {}
    for i, argument in ipairs(node) do values[i] = evaluate(argument) end
    return f(table.unpack(values))
  end,
  negate = function(node) return -evaluate(node[1]) end,
  ["!"] = function(node)
    local product = 1
    for i = 2, evaluate(node[1]) do product = product * i end
    return product
  end,
  ["="] = function(node)
    local target = node[1]
    if target.op ~= "name" then error("only a name can be assigned to", 0) end
    variables[target.name] = evaluate(node[2])
    return variables[target.name]
  end,
  ["+"] = binary(function(a, b) return a + b end),
  ["-"] = binary(function(a, b) return a - b end),
  ["*"] = binary(function(a, b) return a * b end),
  ["/"] = binary(function(a, b) return a / b end),
  ["//"] = binary(function(a, b) return a // b end),
  ["%"] = binary(function(a, b) return a % b end),
  ["^"] = binary(function(a, b) return a ^ b end),
}

function evaluate(node) return actions[node.op](node) end

-- The tree as an S-expression, which shows what the binding powers decided.
local function show(node)
  if node.op == "number" then return tostring(node.value) end
  if node.op == "name" then return node.name end
  local parts = { node.op == "call" and node.name or node.op }
  for i, child in ipairs(node) do parts[i + 1] = show(child) end
  return "(" .. table.concat(parts, " ") .. ")"
end

local function run(source)
  print("> " .. source)
  local ok, result = pcall(function()
    local lexer = Lexer.new(source)
    local tree = parse(lexer, 0)
    if lexer.kind ~= "end" then lexer:fail("unexpected " .. lexer.text) end
    print("  " .. show(tree))
    return evaluate(tree)
  end)
  if ok then
    print("  " .. tostring(result))
  elseif type(result) == "table" then
    print("  " .. (" "):rep(result.column - 1) .. "^ " .. result.message)
  else
    print("  error: " .. result:gsub("^%S+:%d+: ", ""))
  end
end

local samples <const> = {
  "1 + 2 * 3", "(1 + 2) * 3", "10 - 4 - 3", "2 ^ 3 ^ 2", "-2 ^ 2", "7 // 2 + 7 % 2 + 7 / 2",
  "width = height = 6", "width * height + 3!", "20!", "sqrt(3 ^ 2 + 4 ^ 2)", "max(1, gcd(84, 36), 5)",
  "cos(pi)", "1.5e3 // 7", "2 * (3 + 4", "3 $ 4", "speed * 2", "1 // 0",
}

for _, source in ipairs(arg and arg[1] and arg or samples) do run(source) end
