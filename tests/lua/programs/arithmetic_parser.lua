-- A tokenizer, a recursive-descent parser, a constant folder and a compiler to closures.
local function tokenize(source)
  local tokens, at = {}, 1
  while true do
    at = source:find("%S", at)
    if not at then break end
    local number, after = source:match("^(%d+%.?%d*)()", at)
    local name, afterName = source:match("^(%a%w*)()", at)
    if number then
      tokens[#tokens + 1], at = { kind = "number", value = tonumber(number), at = at }, after
    elseif name then
      tokens[#tokens + 1], at = { kind = "name", value = name, at = at }, afterName
    else
      local op = source:match("^[<>=]=", at) or source:match("^[-+*/%%^()<>?:]", at)
      if not op then error(("bad character %q at %d"):format(source:sub(at, at), at), 0) end
      tokens[#tokens + 1], at = { kind = op, at = at }, at + #op
    end
  end
  tokens[#tokens + 1] = { kind = "end", at = #source + 1 }
  return tokens
end

local levels <const> = { { "<", ">", "<=", ">=", "==" }, { "+", "-" }, { "*", "/", "%" } }

local function parse(source)
  local tokens, pos = tokenize(source), 1
  local expression
  local function accept(...)
    for _, kind in ipairs { ... } do
      if tokens[pos].kind == kind then
        pos = pos + 1
        return tokens[pos - 1]
      end
    end
  end
  local function expect(kind)
    return accept(kind) or error(("expected %s at %d, found %s"):format(kind, tokens[pos].at, tokens[pos].kind), 0)
  end
  local function primary()
    local token = accept("number", "name", "(", "-")
    if not token then error(("unexpected %s at %d"):format(tokens[pos].kind, tokens[pos].at), 0) end
    if token.kind == "(" then
      local inner = expression()
      expect(")")
      return inner
    elseif token.kind == "-" then
      return { "neg", primary() }
    end
    return { token.kind, token.value }
  end
  local function power()
    local base = primary()
    if accept("^") then return { "^", base, power() } end
    return base
  end
  local function binary(level)
    if level > #levels then return power() end
    local left = binary(level + 1)
    while true do
      local op = accept(table.unpack(levels[level]))
      if not op then return left end
      left = { op.kind, left, binary(level + 1) }
    end
  end
  function expression()
    local condition = binary(1)
    if not accept("?") then return condition end
    local yes = expression()
    expect(":")
    return { "?", condition, yes, expression() }
  end
  local tree = expression()
  expect("end")
  return tree
end

local operators <const> = {
  ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end, ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return a / b end, ["%"] = function(a, b) return a % b end, ["^"] = function(a, b) return a ^ b end,
  ["<"] = function(a, b) return a < b and 1 or 0 end, [">"] = function(a, b) return a > b and 1 or 0 end,
  ["<="] = function(a, b) return a <= b and 1 or 0 end, [">="] = function(a, b) return a >= b and 1 or 0 end, ["=="] = function(a, b) return a == b and 1 or 0 end,
}

local function fold(tree)
  local op = tree[1]
  if op == "number" or op == "name" then return tree end
  local out, constant = { op }, operators[op] ~= nil
  for i = 2, #tree do
    out[i] = fold(tree[i])
    constant = constant and out[i][1] == "number"
  end
  if constant and not (op == "%" and out[3][2] == 0) then return { "number", operators[op](out[2][2], out[3][2]) } end
  return out
end

local function show(tree)
  if #tree == 2 and type(tree[2]) ~= "table" then return tostring(tree[2]) end
  local parts = { tree[1] }
  for i = 2, #tree do parts[i] = show(tree[i]) end
  return "(" .. table.concat(parts, " ") .. ")"
end

local function compile(tree)
  local op, a, b, c = table.unpack(tree)
  if op == "number" then return function() return a end end
  if op == "name" then return function(env) return env[a] or error("unknown " .. a, 0) end end
  local fa, fb, fc = compile(a), b and compile(b), c and compile(c)
  if op == "neg" then return function(env) return -fa(env) end end
  if op == "?" then return function(env) if fa(env) ~= 0 then return fb(env) end return fc(env) end end
  local f = operators[op]
  return function(env) return f(fa(env), fb(env)) end
end

local env <const> = { x = 3, y = 4.5, zero = 0 }
for _, source in ipairs {
  "1+2*3", "(1+2)*3", "2^3^2", "-x^2", "10-4-3", "x*(2+3)", "y/2 + x%2", "x < y ? x : y", "1 == 1 ? 10 : 20", "2*3 < x ? 1 : y > 4 ? 2 : 3",
  "7 % 0 + x", "x % zero", "", "1 +", "(1", "1 2", "a $ b", "unknown + 1", "1.5 * 4", "x ? 1", "--x", "3 >= 3 + 0 * x",
} do
  local ok, result = pcall(function()
    local tree = fold(parse(source))
    return show(tree) .. " = " .. tostring(compile(tree)(env))
  end)
  print(("%-24s %s"):format(source, result))
end
