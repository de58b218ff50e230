-- Patterns whose replacements are functions and tables, in a hot loop.
local text = ("The ${count} moons of ${planet} rise at ${hour}:${minute}; %d tides follow. "):rep(5)

local function run(n)
  local length, calls = 0, 0
  local values = { planet = "Mars", hour = "04", minute = "17" }
  for i = 1, n do
    values.count = i % 80
    local filled = text:gsub("%${(%w+)}", function(name)
      calls = calls + 1
      return values[name]
    end)
    filled = filled:gsub("%u%w*", { The = "the", Mars = "MARS" })
    filled = filled:gsub("%d+", function(digits) if #digits > 1 then return "<" .. digits .. ">" end end)
    length = length + #filled
  end
  return length .. " " .. calls
end

return { name = "gsub callbacks", n = 8200, run = run, expect = "2403565 164000" }
