-- A hook finds the step of a loop among the temporaries before the loop begins. Whether the loop then has the step that is
-- written or the one that the hook has set: it keeps to one of them.
local function body(most)
  local n = 0
  for i = 1, 1 << 40, 1000000000 do
    n = n + 1
    if i ~= 1 + (n - 1) and i ~= 1 + (n - 1) * 1000000000 then return "another value", n, i end
    if n >= most then return "left" end
  end
  return "left"
end

local function step_set_to(v)
  local done
  debug.sethook(function()
    if done or debug.getinfo(2, "f").func ~= body then return end
    for n = 1, 8 do
      local _, value = debug.getlocal(2, n)
      if value == 1000000000 then
        debug.setlocal(2, n, v)
        done = true
        debug.sethook()
        return
      end
    end
  end, "", 1)
  local ok, what, n, i = pcall(body, 200000)
  debug.sethook()
  return done, ok or type(what), ok and (what == "left" or what), n, i
end

print(pcall(body, 3))
for _ = 1, 3 do print(step_set_to(1)) end
-- The loop keeps its step, or says that this is none.
print((step_set_to({})))
print((step_set_to("x")))
print(pcall(body, 3))
