-- "bad argument" messages: positions, names, method calls, fields and types.
local n = 0
local function try(src) n = n + 1 print(src, select(2, pcall(assert(load(src, "=a"))))) end
for _, s in ipairs {
  "string.rep()", "string.rep('x')", "string.rep('x', {})", "string.rep('x', 1.5)", "string.rep('x', '1.5')",
    "string.rep('x', 'y')", "string.rep({}, 1)", "('x'):rep()", "('x'):rep({})", "('x'):rep('z')",
    "local s = 'x' s:rep(nil)", "local r = string.rep r()", "local r = string.rep r('x', true)",
    "local t = { r = string.rep } t.r({})", "local t = { r = string.rep } t:r(1)", "string.rep('xx', 1 << 62)",
    "string.char(256)", "string.char(-1)", "string.char('x')", "string.char(1, 2, {})", "string.byte()",
    "string.byte({})", "('x'):byte({})", "string.sub()", "string.sub('x')", "string.sub('x', {})", "('x'):sub()",
    "string.len()", "string.len(nil)", "string.upper()", "string.format()", "string.format('%d')",
    "string.format('%d', 'x')", "string.format('%d', 1.5)", "string.format('%d', {})", "string.format('%s')",
    "string.format('%y', 1)", "string.format('%', 1)", "string.format('%10.123d', 1)", "string.format('%c', 'x')",
    "string.format('%q')", "string.format('%q', {})", "string.format('%5q', 'x')", "('%d'):format('x')",
    "string.format('%i %i', 1)", "string.format('%00005d', 1)", "string.format('%-+ #0d', 1)", "string.find()",
    "string.find('x')", "string.find('x', {})", "string.find('x', 'x', {})", "string.gsub('x')",
    "string.gsub('x', 'x')", "string.gsub('x', 'x', true)", "string.gsub('x', 'x', 1, {})",
    "string.gsub('x', 'x', {}, 1.5)", "string.gmatch()", "string.gmatch('x')", "string.match('x')",
    "string.find('x', '[')", "string.find('x', '%')", "string.find('x', '(')", "string.find('x', ')')",
    "string.find('x', '%1')", "string.find('x', '(x)%2')", "string.find('x', '%b')", "string.find('x', '%f')",
    "string.gsub('x', 'x', '%2')", "string.gsub('x', 'x', '%')", "string.gsub('x', '(x)', function() return {} end)",
    "string.gsub('x', 'x', { x = {} })", "string.find('x', '[a')", "string.find('x', '[a-')", "string.find('x', '[%')",
    "string.find('x', ('(x)'):rep(40))",
  "table.insert()", "table.insert({})", "table.insert({}, 1, 2, 3)", "table.insert({}, 5, 1)", "table.insert({}, 0, 1)",
    "table.insert(nil, 1)", "table.insert({}, 'x', 1)", "table.insert({}, 1.5, 1)", "table.remove()",
    "table.remove({}, 5)", "table.remove({ 1, 2 }, 7)", "table.remove({ 1, 2 }, -1)", "table.concat()",
    "table.concat({}, {})", "table.concat({ {} })", "table.concat({ 1, nil, 3 }, ',', 1, 3)",
    "table.concat({ 1 }, ',', 1, 2)", "table.concat({ true })", "table.concat({}, ',', 'x')", "table.unpack()",
    "table.unpack({}, 'x')", "table.sort()", "table.sort({}, 1)", "table.sort({ 1, 'x' })", "table.sort({ {}, {} })",
    "table.move()", "table.move({}, 1, 2)", "table.move({}, 1, 2, 3, 4)", "table.move({}, 1, math.maxinteger, 2)",
    "table.create()", "table.create(-1)", "table.create('x')", "table.pack():x()",
  "math.floor()", "math.floor('x')", "math.floor({})", "math.sqrt()", "math.max()", "math.max(1, 'x')", "math.max('x')",
    "math.min(nil)", "math.abs({})", "math.fmod(1)", "math.fmod(1, 0)", "math.fmod(1, 'x')", "math.tointeger()",
    "math.random(0, -1)", "math.random(1, 2, 3)", "math.random(1.5)", "math.random('x')", "math.random(2, 1)",
    "math.ult(1)", "math.ult(1, 1.5)", "math.type()", "math.log('x')", "math.exp()", "utf8.char(-1)", "utf8.char('x')",
    "utf8.codepoint('x', 5)", "utf8.codepoint('\\xff')", "utf8.len('x', 5)", "utf8.len({})", "utf8.offset('x')",
    "utf8.offset('x', 1, 5)", "utf8.offset('\\x80', 1)", "for _ in utf8.codes('\\xff') do end", "utf8.codes()",
  "tonumber()", "tonumber('x', 99)", "tonumber(5, 10)", "tonumber('5', {})", "tonumber({}, 10)", "tostring()", "type()",
    "select()", "select(0)", "select('x')", "select(-5, 1)", "ipairs()", "pairs()", "next()", "next({}, 'x')",
    "rawget()", "rawset({})", "rawlen(5)", "rawequal(1)", "setmetatable()", "setmetatable({})", "setmetatable({}, 5)",
    "getmetatable()", "assert()", "error()", "pcall()", "xpcall()", "xpcall(print)", "load()", "load({})",
    "collectgarbage('x')", "collectgarbage({})", "collectgarbage('step', 'x')", "coroutine.create()",
    "coroutine.create({})", "coroutine.resume()", "coroutine.resume({})", "coroutine.wrap()", "coroutine.status()",
    "coroutine.close(1)", "coroutine.isyieldable({})", "unpack()",
    "print(setmetatable({}, { __tostring = function() end }))", "io.write({})",
} do try(s) end
-- the name of the function depends on how it was called
local f = string.rep local t = { m = string.rep, sub = { deep = string.rep } } local function up() return f({}, 1) end
for _, g in ipairs { function() f({}) end, function() t.m({}) end, function() t:m() end, function() t.sub.deep({}) end,
  up, function() ("x"):rep(t) end, function() (t.m)({}) end, function() string.rep({}) end,
  function() local s <const> = string.rep s({}) end, function() return string.rep({}) end,
  function() t[1] = string.rep t[1]({}) end, function() for _ in string.rep, {} do end end,
  function() return setmetatable({}, { __index = string.rep }).x end,
  function() return setmetatable({}, { __add = string.rep }) + 1 end,
  function() local c <close> = setmetatable({}, { __close = string.rep }) end,
  function() table.sort({ 1, 2 }, string.rep) end, function() ("x"):gsub("x", string.rep) end } do
  print((select(2, pcall(g))))
end
print(pcall(string.rep)) print(pcall(t.m, {})) print(pcall(pcall))
print(select(2, coroutine.resume(coroutine.create(string.rep))))
print(xpcall(string.rep, function(m) return "H: " .. m end))
