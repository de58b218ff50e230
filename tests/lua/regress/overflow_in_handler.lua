-- Stack overflows while a stack overflow is being handled.
local function endless(x) return 1 + endless(x) end

local seen = 0
print(xpcall(endless, function(message)
  seen = seen + 1
  print(message:match("stack overflow"))
  print(pcall(endless))
  print(pcall(string.rep))
  print(pcall(endless))
  return "handled"
end))
print(seen)
print(xpcall(endless, endless))

-- Afterwards everything is as before.
local ok, message = pcall(endless)
print(ok, message:match("stack overflow"))
