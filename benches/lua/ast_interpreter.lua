-- A tree-walking interpreter running a loop nest: dispatch through a table of functions.
local floor = math.floor

local evaluate = {}

local function eval(node, env) return evaluate[node.op](node, env) end

function evaluate.number(node) return node.value end
function evaluate.get(node, env) return env[node.name] end
function evaluate.set(node, env) env[node.name] = eval(node.value, env) end
evaluate["+"] = function(node, env) return eval(node.a, env) + eval(node.b, env) end
evaluate["-"] = function(node, env) return eval(node.a, env) - eval(node.b, env) end
evaluate["*"] = function(node, env) return eval(node.a, env) * eval(node.b, env) end
evaluate["%"] = function(node, env) return eval(node.a, env) % eval(node.b, env) end
evaluate["<"] = function(node, env) return eval(node.a, env) < eval(node.b, env) end
evaluate["=="] = function(node, env) return eval(node.a, env) == eval(node.b, env) end
function evaluate.block(node, env)
  for i = 1, #node do eval(node[i], env) end
end
evaluate["while"] = function(node, env)
  while eval(node.condition, env) do eval(node.body, env) end
end
evaluate["if"] = function(node, env)
  if eval(node.condition, env) then
    eval(node.body, env)
  elseif node.otherwise then
    eval(node.otherwise, env)
  end
end
function evaluate.call(node, env)
  local f = env[node.name]
  local inner = setmetatable({ [f.parameter] = eval(node.argument, env) }, { __index = env })
  eval(f.body, inner)
  return inner.result
end

local function number(v) return { op = "number", value = v } end
local function get(name) return { op = "get", name = name } end
local function set(name, value) return { op = "set", name = name, value = value } end
local function binary(op, a, b) return { op = op, a = a, b = b } end

-- Sums collatz steps of all numbers below the limit.
local program = {
  op = "block",
  set("i", number(1)),
  set("total", number(0)),
  {
    op = "while", condition = binary("<", get "i", get "limit"),
    body = {
      op = "block",
      set("total", binary("+", get "total", { op = "call", name = "steps", argument = get "i" })),
      set("i", binary("+", get "i", number(1))),
    },
  },
}
local steps = {
  parameter = "n",
  body = {
    op = "block",
    set("result", number(0)),
    {
      op = "while", condition = binary("<", number(1), get "n"),
      body = {
        op = "block",
        set("result", binary("+", get "result", number(1))),
        {
          op = "if", condition = binary("==", binary("%", get "n", number(2)), number(0)),
          body = set("n", { op = "half", a = get "n" }),
          otherwise = set("n", binary("+", binary("*", get "n", number(3)), number(1))),
        },
      },
    },
  },
}
function evaluate.half(node, env) return floor(eval(node.a, env) / 2) end

local function run(n)
  local env = { limit = n, steps = steps }
  eval(program, env)
  return env.total
end

return { name = "ast interpreter", n = 1600, run = run, expect = "103976" }
