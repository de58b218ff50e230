-- A message handler looks at a vararg function that failed before its extra arguments were in their place.
local many = table.create(700000)
for i = 1, 700000 do many[i] = i end
local function variadic(...) return ... end
local report = {}
local ok, message = xpcall(variadic, function(m)
  for level = 1, 6 do
    local info = debug.getinfo(level, "f")
    if info and info.func == variadic then
      for n = 1, 700000, 7 do
        local name, value = debug.getlocal(level, -n)
        -- Either it isn't there, or it is what was passed.
        if name and value ~= n then report[#report + 1] = n end
        debug.setlocal(level, -n, n)
      end
      report.found = true
    end
  end
  return m
end, table.unpack(many))
print(ok, message:match("stack overflow"), report.found, #report)
-- With room they are all there.
local function few(...)
  local ok, e = xpcall(function(...)
    error("x", 0)
  end, function(m)
    return m .. select(2, debug.getlocal(2, -1)) .. select(2, debug.getlocal(2, -2))
  end, ...)
  return e
end
print(few("a", "b"))
