-- An error thrown by a hook leaves through the function whose event it is about, also where that is one that catches errors
-- of others; and a coroutine that dies of it has its frames.
local function object(t) return setmetatable({}, t) end

local programs = {
  {"pcall", function() return pcall(function() return 1 end) end},
  {"pcall of error", function() return pcall(error, "e", 0) end},
  {"nested pcall", function() return pcall(pcall, pcall, error) end},
  {"xpcall", function() return xpcall(function(a) return a end, print, 7) end},
  {"xpcall of error", function() return xpcall(function() error("x", 0) end, function(m) return "<" .. m .. ">" end) end},
  {"handler", function() local x; return xpcall(function() return x.y end, function(m) return "<" .. m .. ">" end) end},
  {"resume", function()
    local co = coroutine.create(function(a) return coroutine.yield(a) end)
    return coroutine.resume(co, 1), coroutine.resume(co, 2), coroutine.resume(co)
  end},
  {"wrap", function()
    local f = coroutine.wrap(function(a) coroutine.yield(a) error("in", 0) end)
    return f(1), pcall(f)
  end},
  {"close", function()
    local co = coroutine.create(function() local _ <close> = object {__close = function(_, e) return e end}; coroutine.yield() end)
    coroutine.resume(co)
    return coroutine.close(co)
  end},
  {"metamethods", function()
    local t = object {__index = function(_, k) return k end, __add = function() return 1 end, __lt = function() return true end,
      __concat = function() return "c" end, __call = function(_, a) return a end, __len = function() return 3 end}
    return t.x, t + 1, t < t, t .. "x", t(5), #t
  end},
  {"iterator", function()
    local n = 0
    for i in function(_, c) if not c then return 1 end end do n = n + i end
    for _, v in ipairs {4} do n = n + v end
    return n
  end},
  {"tail calls", function() local function g(a) return a end; local function f(a) return g(a) end; return f(3) end},
  {"callback", function() return (string.gsub("ab", "%w", function(c) return c .. c end)) end},
  {"sort", function() local t = {2, 1}; table.sort(t, function(a, b) return a < b end); return t[1] end},
  {"tostring", function() return tostring(object {__tostring = function() return "T" end}) end},
  {"load", function() local i = 0; return load(function() i = i + 1; return i == 1 and "return 1" or nil end)() end},
  {"to be closed", function() local _ <close> = object {__close = function() return 1 end}; return 5 end},
  {"varargs", function() local function v(_, ...) return (...) end; return v(1, 2) end},
}

local function text(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = tostring(t[i]):gsub("0x%x+", "address") end
  return table.concat(t, ", ", 1, t.n)
end

-- The function an event is about and its caller, and the values it passes.
local function describe(event, line)
  local out = {event .. (line and " " .. line or "")}
  for level = 3, 4 do
    local i = debug.getinfo(level, "nSlt")
    if not i then break end
    local name = i.name or "?"
    out[#out + 1] = name .. "/" .. i.namewhat .. "/" .. i.what .. "/" .. i.currentline .. (i.istailcall and "/tail" or "")
      .. "/" .. type(debug.getinfo(level, "f").func)
  end
  local r, values = debug.getinfo(3, "r"), {}
  for k = r.ftransfer, r.ftransfer + r.ntransfer - 1 do values[#values + 1] = select(2, debug.getlocal(3, k)) or "nil" end
  out[#out + 1] = "(" .. text(table.unpack(values)) .. ")"
  return table.concat(out, " ")
end

local function run(program, mode, throw_at, log)
  local n = 0
  local co = coroutine.create(program)
  debug.sethook(co, function(event, line)
    n = n + 1
    if log then log[n] = describe(event, line) end
    if n == throw_at then error("hook " .. n, 0) end
  end, mode)
  local result = text(coroutine.resume(co))
  debug.sethook(co)
  return n, result .. "; " .. coroutine.status(co), (debug.traceback(co):gsub("\n%s*", " < "))
end

for _, p in ipairs(programs) do
  for _, mode in ipairs {"c", "r", "l"} do
    local log = {}
    local count, result = run(p[2], mode, nil, log)
    print(p[1], mode, count, result)
    for i = 1, count do
      print("", log[i])
      print("", "", run(p[2], mode, i))
    end
  end
end
