-- What messages call a value that comes from a named vararg parameter.
local tests = {
  function(a, ...t) return 1 % t[1] end,
  function(a, ...t) return 1 % t.x end,
  function(a, ...t) return 1 % t[a] end,
  function(a, ...t) return 1 % t["x"] end,
  function(a, ...t) return #t, 1 % t[1] end,
  function(a, ...t) return #t, 1 % t.x end,
  function(a, ...t) return #t, 1 % t[a] end,
  function(a, ...t) local q = t return 1 % t[1] end,
  function(a, ...t) local q = t return 1 % q[1] end,
  function(a, ...t) return (function() return 1 % t[1] end)() end,
  function(a, ...t) local f = function() return t end return 1 % t[1] end,
  function(a, ...t) t[1]() end,
  function(a, ...t) t.x() end,
  function(a, ...t) t:x() end,
  function(a, ...t) t[1].x = 1 end,
  function(a, ...t) t[2] = t[1].y end,
  function(a, ...t) return -t[300] end,
  function(a, ...t) return t.n .. t[7] end,
  function(a, ...t) local u = {} return 1 % u[1] end,
}
for i, f in ipairs(tests) do print(i, pcall(f, 1)) end
