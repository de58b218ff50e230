-- string.gsub with a table or a function as replacement.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

local vars = { name = "Luna", n = 3, flag = false }
print(("$name has $n $unknown $flag"):gsub("%$(%w+)", vars))
print(("abc"):gsub("%w", { a = "1", b = 2, c = 2.5 }))
print(("a b c"):gsub("(%w)( ?)", { a = "A" }))
print(("abc"):gsub("()", { "one", "two", [4] = "four" }))
print(("abc"):gsub("%w", {}))
print(("abc"):gsub("%w", setmetatable({}, { __index = function(_, k) return k:upper() .. "." end })))
print(("x-y"):gsub("%w", setmetatable({ x = "own" }, { __index = { y = "inherited" } })))

print(("abc"):gsub("%w", function(c) return c .. c end))
print(("abc"):gsub("%w", function(c) if c ~= "b" then return c:upper() end end))
print(("abc"):gsub("%w", function(c) return c == "b" and "B" end))
print(("a1b2"):gsub("(%a)(%d)", function(l, d) return d .. l end))
print(("abc"):gsub("()(%w)", function(at, c) return at .. c end))
print(("1 2 3"):gsub("%d", function(d) return d * 2 end))
print(("1 2 3"):gsub("%d", function(d) return d / 2 end))
print(("abc"):gsub("", function() return "-" end))
print(("abc"):gsub("%w", string.upper), ("3 4"):gsub("%d", math.tointeger), ("ab"):gsub("%w", string.byte))
print(("abcdef"):gsub("%w", function(c) return "<" .. c .. ">" end, 3))
print(("hello"):gsub("l", function() return nil end), ("hello"):gsub("l", function() return false end), ("hello"):gsub("l", function() end))
print(("x"):gsub("x", function() return "a", "b" end))
print(("%1 %2"):gsub("%%(%d)", function(d) return "arg" .. d end))

-- The replacement of a function is not scanned for escapes.
print(("abc"):gsub("b", function() return "%1%%" end), ("abc"):gsub("b", { b = "%0" }))

-- Escaping and unescaping URLs.
local escaped = ("a b&c=d/é"):gsub("[^%w]", function(c) return ("%%%02X"):format(c:byte()) end)
print(escaped, (escaped:gsub("%%(%x%x)", function(h) return string.char(tonumber(h, 16)) end)))

-- Nested gsub, recursion, state.
local depth = 0
print((("((a)b)"):gsub("[()]", function(p)
  depth = depth + (p == "(" and 1 or -1)
  return (("x"):rep(depth):gsub("x", p))
end)))
local function expand(s) return (s:gsub("{(%w+)}", function(k) return k == "top" and expand("[{inner}]") or k end)) end
e(expand, "{top}")
local seen = {}
local _, n = ("the end of the line"):gsub("%w+", function(w) seen[#seen + 1] = w end)
print(n, table.concat(seen, "|"))

e(string.gsub, "abc", "b", { b = true })
e(string.gsub, "abc", "b", { b = {} })
e(string.gsub, "abc", "b", function() return {} end)
e(string.gsub, "abc", "b", function() return true end)
e(string.gsub, "abc", "b", function() return print end)
e(string.gsub, "abc", "b", function() error("from inside", 0) end)
print(select(2, pcall(string.gsub, "abc", "b", function() error({ code = 7 }) end)).code)
e(string.gsub, "abc", "b", function(c) return c + 1 end)
e(string.gsub, "abc", "b", setmetatable({}, { __index = function() error("index", 0) end }))
e(string.gsub, "abc", "b", coroutine.wrap(function() coroutine.yield("y") end))
print(coroutine.wrap(function() return pcall(string.gsub, "abc", "b", function() coroutine.yield() end) end)())
