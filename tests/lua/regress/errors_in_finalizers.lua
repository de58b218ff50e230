-- A finalizer that catches errors of its own, while an error that somebody else has caught may still be around.
local caught = 0
local function finalize(o)
  local ok, e = pcall(error, { o.name })
  if not ok and e[1] == o.name then caught = caught + 1 end
  for i = 1, 20 do local garbage = { i } end
end
local function fail(n)
  setmetatable({ name = "n" .. n }, { __gc = finalize })
  error({ n })
end
local sum = 0
for i = 1, 200 do
  local ok, e = pcall(fail, i)
  sum = sum + e[1]
end
-- the same while an error is on its way through a closing variable
for i = 1, 50 do
  local ok, e = pcall(function()
    local c <close> = setmetatable({}, { __close = function(_, e)
      for j = 1, 10 do setmetatable({ name = j }, { __gc = finalize }) end
      sum = sum + e[1]
    end })
    fail(i)
  end)
  sum = sum + e[1]
end
collectgarbage()
collectgarbage()
print(sum, caught)
