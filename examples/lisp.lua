-- A small Lisp: reader, evaluator with lexical scope and proper tail calls, printer.
--
-- Lists are Lua tables marked by a metatable, symbols are interned tables, and Lisp
-- numbers and strings are Lua's own. An environment is a table whose __index is the
-- enclosing environment: lexical scope for the price of a metatable.

global<const> *

local List <const> = {}
local Symbol <const> = {}
local Lambda <const> = {}

local function list(...t)
  t.n = nil
  return setmetatable(t, List)
end

-- Interned weakly: a symbol nobody refers to any more may go.
local symbols <const> = setmetatable({}, { __mode = "v" })
local function symbol(name)
  local found = symbols[name]
  if not found then
    found = setmetatable({ name = name }, Symbol)
    symbols[name] = found
  end
  return found
end

-- Reader ---------------------------------------------------------------------------

local QUOTE <const> = symbol "quote"

local function read(source, at)
  at = source:find("[^%s]", at)
  if not at then return nil, nil end
  local c = source:sub(at, at)
  if c == "(" then
    local items = list()
    at = at + 1
    while true do
      at = source:find("%S", at) or error("missing ')'", 0)
      if source:sub(at, at) == ")" then return items, at + 1 end
      items[#items + 1], at = read(source, at)
    end
  elseif c == ")" then
    error("unexpected ')'", 0)
  elseif c == "'" then
    local item, stop = read(source, at + 1)
    return list(QUOTE, item), stop
  elseif c == '"' then
    local text, stop = source:match('^"([^"]*)"()', at)
    return text, stop
  end
  local word, stop = source:match("^([^%s()']+)()", at)
  local value = tonumber(word)
  if value == nil then
    if word == "#t" then value = true elseif word == "#f" then value = false else value = symbol(word) end
  end
  return value, stop
end

-- Printer --------------------------------------------------------------------------

local function show(value)
  local meta = getmetatable(value)
  if meta == Symbol then return value.name end
  if meta == Lambda then return "#<lambda>" end
  if value == true then return "#t" elseif value == false then return "#f" end
  if meta ~= List then return tostring(value) end
  local parts = {}
  for i, item in ipairs(value) do parts[i] = show(item) end
  return "(" .. table.concat(parts, " ") .. ")"
end

-- Evaluator ------------------------------------------------------------------------

local evaluate

local function scope(parent) return setmetatable({}, { __index = parent }) end

-- A special form returns either a value, or an expression and the environment to go on
-- with: that second case is what makes tail calls free.
local special = {}

function special.quote(form) return form[2] end

special["if"] = function(form, env)
  if evaluate(form[2], env) ~= false then return nil, form[3], env end
  return nil, form[4], env
end

function special.define(form, env)
  local target = form[2]
  if getmetatable(target) == List then
    local parameters = list(table.unpack(target, 2))
    env[target[1].name] = setmetatable({ parameters = parameters, body = form[3], env = env }, Lambda)
    return target[1]
  end
  env[target.name] = evaluate(form[3], env)
  return target
end

function special.lambda(form, env)
  return setmetatable({ parameters = form[2], body = form[3], env = env }, Lambda)
end

function special.let(form, env)
  local inner = scope(env)
  for _, binding in ipairs(form[2]) do inner[binding[1].name] = evaluate(binding[2], env) end
  return nil, form[3], inner
end

function special.begin(form, env)
  for i = 2, #form - 1 do evaluate(form[i], env) end
  return nil, form[#form], env
end

function evaluate(form, env)
  ::again::
  local meta = getmetatable(form)
  if meta == Symbol then
    local value = env[form.name]
    if value == nil then error("unbound symbol '" .. form.name .. "'", 0) end
    return value
  elseif meta ~= List then
    return form
  end

  local head = form[1]
  local handler = getmetatable(head) == Symbol and special[head.name]
  if handler then
    local value, rest, restEnv = handler(form, env)
    if restEnv == nil then return value end
    form, env = rest, restEnv
    goto again
  end

  local callee = evaluate(head, env)
  if getmetatable(callee) ~= Lambda then
    local values = {}
    for i = 2, #form do values[i - 1] = evaluate(form[i], env) end
    return callee(table.unpack(values, 1, #form - 1))
  end
  local inner = scope(callee.env)
  for i, parameter in ipairs(callee.parameters) do inner[parameter.name] = evaluate(form[i + 1], env) end
  form, env = callee.body, inner
  goto again
end

local base <const> = {
  ["+"] = function(a, b) return a + b end,
  ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end,
  ["//"] = function(a, b) return a // b end,
  ["%"] = function(a, b) return a % b end,
  ["<"] = function(a, b) return a < b end,
  ["="] = function(a, b) return a == b end,
  cons = function(item, rest) return list(item, table.unpack(rest)) end,
  car = function(items) return items[1] end,
  cdr = function(items) return list(table.unpack(items, 2)) end,
  ["empty?"] = function(items) return #items == 0 end,
  list = list,
  print = function(value) print("   " .. show(value)) return value end,
}

local program <const> = [[
(define (fact n) (if (< n 2) 1 (* n (fact (- n 1)))))
(print (fact 20))
(define (fold f seed items)                       ; a loop, thanks to tail calls
  (if (empty? items) seed (fold f (f seed (car items)) (cdr items))))
(define (reverse items) (fold (lambda (seen x) (cons x seen)) '() items))
(define (map f items) (reverse (fold (lambda (seen x) (cons (f x) seen)) '() items)))
(define (filter keep items)
  (reverse (fold (lambda (seen x) (if (keep x) (cons x seen) seen)) '() items)))
(define (range a b) (if (< a b) (cons a (range (+ a 1) b)) '()))
(print (map (lambda (n) (* n n)) (range 1 11)))
(define (sort items)
  (if (empty? items) '()
    (let ((pivot (car items)) (rest (cdr items)))
      (let ((small (sort (filter (lambda (x) (< x pivot)) rest)))
            (large (sort (filter (lambda (x) (if (< x pivot) #f #t)) rest))))
        (fold (lambda (tail x) (cons x tail)) (cons pivot large) (reverse small))))))
(print (sort '(5 3 8 1 9 2 7)))
(define (counter) (let ((add (lambda (n) (lambda (m) (+ n m))))) (add 100)))
(print ((counter) 11))
(define (sum n total) (if (= n 0) total (sum (- n 1) (+ total n))))
(print (sum 50000 0))
(print '(the quote "keeps" (nested lists) as data))
(undefined-function 1)
]]

local source <const> = program:gsub(";[^\n]*", "")
local global_env = scope(base)
local at = 1
while at do
  local form
  form, at = read(source, at)
  if form == nil then break end
  local ok, result = pcall(evaluate, form, global_env)
  if not ok then
    print("error in " .. show(form) .. ": " .. result)
  elseif getmetatable(result) == Symbol then
    print("defined " .. result.name)
  end
end
