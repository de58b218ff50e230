-- A compiler of a small language: tokens, tree, code for a stack machine, and a run of it. Some hundred milliseconds.

local source = {}
for i = 1, 60 do
  source[#source + 1] = string.format("let a%d = %d * (b + %d) - c / %d; if a%d > %d then b = b + a%d %% 7; else c = c + 1; end", i, i, i % 9, i, i, i * 30, i)
  source[#source + 1] = string.format("while b > %d do b = b - 3; c = c + 2; end print(a%d + b * c);", i * 2, i)
end
source = "let b = 5; let c = 1; " .. table.concat(source, "\n")

local keywords = { let = true, ["if"] = true, ["then"] = true, ["else"] = true, ["end"] = true, ["while"] = true, ["do"] = true, print = true }
local function tokenize(s)
  local tokens, i = {}, 1
  while true do
    i = s:find("%S", i)
    if not i then break end
    local word = s:match("^[%a_][%w_]*", i)
    local number = not word and s:match("^%d+", i)
    local text = word or number or s:sub(i, i)
    tokens[#tokens + 1] = { kind = word and (keywords[word] and word or "name") or number and "number" or text, text = text, at = i }
    i = i + #text
  end
  tokens[#tokens + 1] = { kind = "eof", text = "", at = #s + 1 }
  return tokens
end

local function parse(tokens)
  local at = 1
  local function peek() return tokens[at].kind end
  local function take(kind)
    local t = tokens[at]
    if kind and t.kind ~= kind then error(kind .. " expected at " .. t.at) end
    at = at + 1
    return t
  end
  local levels = { { ["<"] = true, [">"] = true }, { ["+"] = true, ["-"] = true }, { ["*"] = true, ["/"] = true, ["%"] = true } }
  local expression
  local function primary()
    local t = take()
    if t.kind == "number" then return { kind = "number", value = tonumber(t.text) } end
    if t.kind == "name" then return { kind = "name", name = t.text } end
    if t.kind == "(" then
      local e = expression(1)
      take(")")
      return e
    end
    error("unexpected " .. t.text)
  end
  function expression(level)
    if level > #levels then return primary() end
    local left = expression(level + 1)
    while levels[level][peek()] do
      local op = take().kind
      left = { kind = "binary", op = op, left = left, right = expression(level + 1) }
    end
    return left
  end
  local function block()
    local list = {}
    while peek() ~= "eof" and peek() ~= "end" and peek() ~= "else" do
      local kind = peek()
      if kind == "let" or kind == "name" then
        if kind == "let" then take() end
        local name = take("name").text
        take("=")
        list[#list + 1] = { kind = "assign", name = name, value = expression(1) }
        take(";")
      elseif kind == "print" then
        take()
        list[#list + 1] = { kind = "print", value = expression(1) }
        take(";")
      elseif kind == "if" then
        take()
        local s = { kind = "if", test = expression(1) }
        take("then")
        s.yes = block()
        if peek() == "else" then take(); s.no = block() end
        take("end")
        list[#list + 1] = s
      else
        take("while")
        local s = { kind = "while", test = expression(1) }
        take("do")
        s.body = block()
        take("end")
        list[#list + 1] = s
      end
    end
    return list
  end
  return block()
end

local function compile(tree)
  local code = {}
  local function emit(op, arg) code[#code + 1] = { op = op, arg = arg }; return #code end
  local node = {}
  local function each(list) for _, s in ipairs(list) do node[s.kind](s) end end
  function node.number(n) emit("push", n.value) end
  function node.name(n) emit("get", n.name) end
  function node.binary(n) node[n.left.kind](n.left); node[n.right.kind](n.right); emit(n.op) end
  node["assign"] = function(n) node[n.value.kind](n.value); emit("set", n.name) end
  node["print"] = function(n) node[n.value.kind](n.value); emit("print") end
  node["if"] = function(n)
    node[n.test.kind](n.test)
    local jump = emit("unless")
    each(n.yes)
    local over = emit("jump")
    code[jump].arg = #code + 1
    if n.no then each(n.no) end
    code[over].arg = #code + 1
  end
  node["while"] = function(n)
    local start = #code + 1
    node[n.test.kind](n.test)
    local jump = emit("unless")
    each(n.body)
    emit("jump", start)
    code[jump].arg = #code + 1
  end
  each(tree)
  return code
end

local function run(code, out)
  local stack, n, vars, pc = {}, 0, {}, 1
  local binary = {
    ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end,
    ["*"] = function(a, b) return a * b % 100003 end, ["/"] = function(a, b) return math.floor(a / b) end,
    ["%"] = function(a, b) return a % b end, ["<"] = function(a, b) return a < b end, [">"] = function(a, b) return a > b end,
  }
  while code[pc] do
    local i = code[pc]
    local op = i.op
    pc = pc + 1
    if op == "push" then n = n + 1; stack[n] = i.arg
    elseif op == "get" then n = n + 1; stack[n] = vars[i.arg] or 0
    elseif op == "set" then vars[i.arg] = stack[n]; n = n - 1
    elseif op == "print" then out[#out + 1] = string.format("%d", stack[n]); n = n - 1
    elseif op == "jump" then pc = i.arg
    elseif op == "unless" then
      if not stack[n] then pc = i.arg end
      n = n - 1
    else
      stack[n - 1] = binary[op](stack[n - 1], stack[n])
      n = n - 1
    end
  end
end

local out
for _ = 1, 12 do
  out = {}
  run(compile(parse(tokenize(source))), out)
end
print(table.concat(out, " "))
