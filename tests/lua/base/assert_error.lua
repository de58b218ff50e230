-- assert and error: results, messages, levels, error values.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(assert(1), assert("x", "unused"), assert(true, 2, 3))
print(assert(1, 2, 3))
print(select("#", assert(1, nil, nil)))
e(assert)
e(assert, nil)
e(assert, false)
e(assert, false, "message")
e(assert, nil, 42)
e(assert, nil, nil)
e(assert, false, false)
print(type(select(2, pcall(assert, nil, {}))))
e(assert, 1 > 2, "with", "more")
local object = setmetatable({}, { __tostring = function() return "an error object" end })
print(select(2, pcall(assert, false, object)) == object)

e(error)
e(error, nil)
e(error, "plain")
e(error, "plain", 0)
e(error, 12)
e(error, 1.5)
e(error, true)
e(error, false)
print(select(2, pcall(error, object)) == object)
e(error, "x", "level")
e(error, "x", {})

-- Levels: 1 is where error was called, 2 is its caller.
local function level(n) error("level " .. tostring(n), n) end
local function outer(n)
  level(n)
end
e(function() outer(0) end)
e(function() outer(1) end)
e(function() outer(nil) end)
e(function() outer(2) end)
e(function()
  outer(3)
end)
e(function() outer(100) end)
e(function() error("number becomes string position", 1) end)
e(function() error(7, 1) end)

-- An error value passes through nested pcalls untouched.
local value = { code = 5 }
local ok, inner = pcall(function()
  local ok, err = pcall(error, value)
  err.code = err.code + 1
  error(err)
end)
print(ok, inner == value, inner.code)
e(function() local ok, err = pcall(error, "first", 0) error("second after " .. err, 0) end)

-- Runtime errors name the variable.
e(function() local a a.b = 1 end)
e(function() local a = {} a.b.c = 1 end)
e(function() return undefinedglobal.x end)
e(function() undefinedfunction() end)
e(function() local t = {} t.method() end)
e(function() local t = {} t:method() end)
e(function() return {} + 1 end)
e(function() return 2 < "x" end)
e((function() local up = {} return function() return up.x.y end end)())
e(function() return ("x").y.z end)
e(function() return math.nothing() end)
