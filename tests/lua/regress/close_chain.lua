-- Coroutines each of which, when closed, closes the one before: that is bounded.
local count, last = 0, nil
for i = 1, 1000 do
  local previous = last
  last = coroutine.create(function()
    local guard <close> = setmetatable({}, { __close = function()
      count = count + 1
      if previous then assert(coroutine.close(previous)) end
    end })
    coroutine.yield()
  end)
  coroutine.resume(last)
end
local ok, message = coroutine.close(last)
print(ok, message:match("C stack overflow$"), count > 150, count < 250)

-- A short chain isn't touched by the bound.
count, last = 0, nil
for i = 1, 50 do
  local previous = last
  last = coroutine.create(function()
    local guard <close> = setmetatable({}, { __close = function()
      count = count + 1
      if previous then assert(coroutine.close(previous)) end
    end })
    coroutine.yield()
  end)
  coroutine.resume(last)
end
print(coroutine.close(last))
print(count)
