-- Scans a program text into tokens, byte by byte and with anchored patterns.
local source = [===[
local function moon(phase, night) -- comment
  if phase >= 0.5 and night ~= "cloudy" then
    return { light = phase * 100 // 1, text = 'bright "night"' }
  end
  for i = 1, 10 do phase = phase + i / 3.25e2 end
  return nil, 0x1F .. [==[long ]] text]==]
end
]===]
local keywords = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while"):gmatch("%a+") do
  keywords[word] = true
end

local function tokenize(text)
  local kinds, values, n, at, line = {}, {}, 0, 1, 1
  local length = #text
  while at <= length do
    local c = text:byte(at)
    local kind, stop = nil, nil
    if c == 10 then
      line = line + 1
      at = at + 1
    elseif c == 32 or c == 9 then
      at = at + 1
    elseif c >= 97 and c <= 122 or c >= 65 and c <= 90 or c == 95 then
      stop = text:match("^[%w_]+()", at)
      kind = keywords[text:sub(at, stop - 1)] and "keyword" or "name"
    elseif c >= 48 and c <= 57 then
      stop = text:match("^0[xX]%x+()", at) or text:match("^%d+%.?%d*[eE]?[+-]?%d*()", at)
      kind = "number"
    elseif c == 34 or c == 39 then
      stop = at + 1
      while text:byte(stop) ~= c do stop = stop + 1 end
      stop, kind = stop + 1, "string"
    elseif c == 45 and text:byte(at + 1) == 45 then
      at = text:find("\n", at, true)
    else
      local level = text:match("^%[(=*)%[", at)
      if level then
        local close = "]" .. level .. "]"
        local _, last = text:find(close, at, true)
        stop, kind = last + 1, "string"
      else
        local double = text:sub(at, at + 1)
        local wide = double == ">=" or double == "~=" or double == "==" or double == "//" or double == ".." or double == "<="
        stop, kind = at + (wide and 2 or 1), "symbol"
      end
    end
    if kind then
      n = n + 1
      kinds[n], values[n] = kind, text:sub(at, stop - 1)
      at = stop
    end
  end
  return kinds, values, line
end

local function run(n)
  local text = source:rep(20)
  local tokens, names, lines, bytes = 0, 0, 0, 0
  for _ = 1, n do
    local kinds, values, line = tokenize(text)
    tokens, lines = tokens + #kinds, lines + line
    for i = 1, #kinds do
      if kinds[i] == "name" then names = names + 1 end
      bytes = bytes + #values[i]
    end
  end
  return tokens .. " " .. names .. " " .. lines .. " " .. bytes
end

return { name = "tokenizer", n = 290, run = run, expect = "313200 69600 40890 1090400" }
