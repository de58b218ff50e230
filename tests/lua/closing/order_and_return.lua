-- Return values, varargs and upvalues around closing; many variables; iterators.
local log = {}
local function put(s) log[#log + 1] = s end
local function flush(...) print(table.concat(log, " "), ...) log = {} end
local function on(f) return setmetatable({}, { __close = f }) end
-- results are computed before closing
local function r1() local v = 1 local c <close> = on(function() v = v + 100 put("v" .. v) end) return v, v + 1 end
flush(r1())
local function r2() local t = { n = 1 } local c <close> = on(function() t.n = 2 end) return t, t.n end
local t, n = r2() flush(t.n, n)
local function r3(...) local c <close> = on(function() put "c" end) return select("#", ...), ... end
flush(r3()) flush(r3(nil, nil)) flush(r3(1, 2, 3))
local function r4() local c <close> = on(function() put "c" return "ignored", "results" end) return end
flush(select("#", r4()))
local function many()
  local c <close> = on(function() local a, b, c, d, e = 1, 2, 3, 4, 5 put(a + b + c + d + e) end)
  return table.unpack({}, 1, 60)
end
flush(select("#", many()))
local function r5()
  local c <close> = on(function() put(string.rep("x", 3)) end)
  return pcall(function() return "p1", "p2" end)
end
flush(r5())
-- closing can change upvalues that are visible afterwards
local state = "open"
do local c <close> = on(function() state = "closed" end) end
flush(state)
-- an upvalue closed together with the block
local function cap() local x = 1 local get = function() return x end local c <close> = on(function() x = x + 1 end) return get end
flush(cap()())
-- a hundred nested
local function nest(k)
  if k == 0 then return "bottom" end local c <close> = on(function() put(k % 10) end)
  return (nest(k - 1))
end
flush(nest(30))
local function row()
  local a <close> = on(function() put "a" end) local b <close> = on(function() put "b" end)
  local c <close> = on(function() put "c" end) local d <close> = on(function() put "d" end)
  put "row"
end
row() row() flush()
for i = 1, 100 do local c <close> = on(function() if i % 25 == 0 then put("i" .. i) end end) end
flush()
-- locks and scopes as one would use them
local depth = 0
local function scope(name)
  depth = depth + 1 put(("("):rep(depth) .. name)
  return on(function() put((")"):rep(depth)) depth = depth - 1 end)
end
local function work(k) local s <close> = scope("w" .. k) if k > 1 then work(k - 1) end if k == 1 then error("fail", 0) end end
flush(pcall(work, 3)) flush(depth)
local function guarded(f)
  local ok = false
  local g <close> = on(function(_, e) put(ok and "commit" or "rollback " .. tostring(e)) end)
  f() ok = true
end
guarded(function() end) flush(pcall(guarded, function() error("bad", 0) end))
-- generic for: closing value sees the same protocol
local function lines(t)
  local i = 0
  return function() i = i + 1 return t[i] end, nil, nil, on(function(_, e) put("lines closed " .. tostring(e)) end)
end
for l in lines { "l1", "l2" } do put(l) end flush()
for l in lines { "l1", "l2" } do put(l) break end flush()
flush(pcall(function() for l in lines { "l1", "l2" } do error(l .. "!", 0) end end))
local function find(x) for l in lines { "p", "q", "r" } do if l == x then return "found " .. l end end return "none" end
flush(find "q") flush(find "z")
for a in lines { "o1", "o2" } do for b in lines { "i1" } do put(a .. b) end end flush()
-- <close> and <const> in one declaration, unused and shadowed names
do local k <const>, c <close>, j <const> = 1, on(function() put "mixed" end), 3 put(k + j) end flush()
do local _ <close> = on(function() put "first _" end) local _ <close> = on(function() put "second _" end) end flush()
do local c <close> = nil; (function() local c <close> = on(function() put "own" end) end)() put "after" end flush()
-- numbers have no closing method
print(pcall(function() local s <close> = 1 end))
