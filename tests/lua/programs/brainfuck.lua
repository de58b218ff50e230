-- An interpreter for a language of eight instructions, and a compiler of it to Lua.
local function jumps(code)
  local stack, out = {}, {}
  for i = 1, #code do
    local c = code:byte(i)
    if c == 91 then
      stack[#stack + 1] = i
    elseif c == 93 then
      local open = table.remove(stack) or error("unmatched ] at " .. i, 0)
      out[open], out[i] = i, open
    end
  end
  if #stack > 0 then error("unmatched [ at " .. stack[#stack], 0) end
  return out
end

local function interpret(code, input, limit)
  code = code:gsub("[^][<>+.,-]", "")
  local target = jumps(code)
  local tape, at, ip, read, out, steps = {}, 0, 1, 0, {}, 0
  setmetatable(tape, { __index = function() return 0 end })
  while ip <= #code do
    steps = steps + 1
    if steps > limit then error("step limit", 0) end
    local op = code:sub(ip, ip)
    if op == ">" then at = at + 1
    elseif op == "<" then at = at - 1
    elseif op == "+" then tape[at] = tape[at] + 1 & 255
    elseif op == "-" then tape[at] = tape[at] - 1 & 255
    elseif op == "." then out[#out + 1] = string.char(tape[at])
    elseif op == "," then
      read = read + 1
      tape[at] = input:byte(read) or 0
    elseif op == "[" and tape[at] == 0 or op == "]" and tape[at] ~= 0 then
      ip = target[ip]
    end
    ip = ip + 1
  end
  return table.concat(out), steps
end

local function compile(code)
  code = code:gsub("[^][<>+.,-]", "")
  jumps(code)
  local lines, i = { "local tape, input, out, at, read = ...", "local char, byte = string.char, string.byte" }, 1
  while i <= #code do
    local op = code:sub(i, i)
    local run = #code:match("^%" .. op .. "+", i)
    if op == "[" then lines[#lines + 1] = "while tape[at] ~= 0 do" run = 1
    elseif op == "]" then lines[#lines + 1] = "end" run = 1
    elseif op == ">" then lines[#lines + 1] = "at = at + " .. run
    elseif op == "<" then lines[#lines + 1] = "at = at - " .. run
    elseif op == "+" then lines[#lines + 1] = "tape[at] = tape[at] + " .. run .. " & 255"
    elseif op == "-" then lines[#lines + 1] = "tape[at] = tape[at] - " .. run .. " & 255"
    elseif op == "." then lines[#lines + 1] = ("out[#out + 1] = char(tape[at]) "):rep(run)
    else lines[#lines + 1] = ("read = read + 1 tape[at] = byte(input, read) or 0 "):rep(run) end
    i = i + run
  end
  local f = assert(load(table.concat(lines, "\n"), "=compiled", "t", { string = string }))
  return function(input)
    local out = {}
    f(setmetatable({}, { __index = function() return 0 end }), input, out, 0, 0)
    return table.concat(out), #lines
  end
end

local programs = {
  { "hello", "++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++.", "" },
  { "echo", ",[.,]", "moonlight" },
  { "reverse", ">,[>,]<[.<]", "stressed" },
  { "upper", ",[>++++++++[<---->-]<.,]", "quiet" },
  { "letter", "+++++[>++++++<-]>[>++<-]>+++++.+.+.", "" },
  { "add digits", ",>,<[->+<]>------------------------------------------------.", "34" },
}
for _, p in ipairs(programs) do
  local name, code, input = table.unpack(p)
  local out, steps = interpret(code, input, 300000)
  local fast, lines = compile(code)(input)
  print(name, (out:gsub("\n", ",")), steps, lines, fast == out)
end
print(pcall(interpret, "+[]", "", 1000))
print(pcall(interpret, "+]", "", 10))
print(pcall(compile, "[[+]"))
print(interpret("no commands here", "", 10))
