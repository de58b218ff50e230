-- Closures with private state, called through tables of handlers.
local function run(n)
  local handlers, totals = {}, {}
  local kinds = { "start", "move", "stop", "tick" }
  for _, kind in ipairs(kinds) do handlers[kind] = {} end
  local function on(kind, handler)
    local list = handlers[kind]
    list[#list + 1] = handler
  end
  local function counter(name, weight)
    local count, last = 0, nil
    totals[#totals + 1] = function() return name .. "=" .. count end
    return function(event)
      count = count + weight
      last = event
      return last.value
    end
  end
  local function limiter(limit, inner)
    local seen = 0
    return function(event)
      seen = seen + 1
      if seen > limit then
        seen = 0
        return inner(event)
      end
      return 0
    end
  end
  for i, kind in ipairs(kinds) do
    on(kind, counter(kind, i))
    on(kind, limiter(i + 1, counter(kind .. "/limited", 1)))
    on(kind, function(event) event.value = event.value + 1 return i end)
  end
  local sum, event = 0, { value = 0 }
  for i = 1, n do
    local list = handlers[kinds[i % 4 + 1]]
    for k = 1, #list do sum = sum + list[k](event) % 16 end
  end
  local parts = {}
  for i, total in ipairs(totals) do parts[i] = total() end
  return sum .. " " .. table.concat(parts, " ")
end

return { name = "event dispatch", n = 710000, run = run, expect = "8709320 start=177500 start/limited=59166 move=355000 move/limited=44375 stop=532500 stop/limited=35500 tick=710000 tick/limited=29583" }
