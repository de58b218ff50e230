-- Messages of the scanner: strings, numbers, comments, odd characters; where "near" points.
local function vis(s) return (s:gsub("[\0-\31\127-\255]", function(c) return string.format("\\%d", c:byte()) end)) end
local function try(src) local f, m = load(src, "=lex") print(vis(src), f and "compiles" or vis(m)) end
for _, s in ipairs {
  "x = 'abc", 'x = "abc', "x = 'abc\n'", "x = 'a\\", "x = 'a\\\n", "x = 'a\\q'", "x = 'a\\x1'", "x = 'a\\xZZ'",
    "x = 'a\\x1g tail'", "x = '\\300'", "x = '\\256 tail'", "x = '\\u'", "x = '\\u{'", "x = '\\u{}'", "x = '\\u{zz}'",
    "x = '\\u{110000000}'", "x = '\\u{12'", "x = '\\u{12g}'", "x = '\\z", "x = '\\z  \n ", "x = '\\400'",
    "x = 'ok' 'bad", "x = 'a\rb'", "x = \"mixed'", "x = '",
    "x = 'very long string that is not finished but keeps going on and on and on until the end of the line",
  "x = [[abc", "x = [=[abc]]", "x = [==[abc]=]", "x = [=abc", "x = [==", "x = [=", "x = [", "x = [[\nabc\ndef",
    "--[[ abc", "--[=[ abc ]]", "x = 1 --[[", "x = 1 --[==[ ]=] \n\n", "x = [[a]", "x = [[a]] b",
  "x = 1x", "x = 0x", "x = 0xg", "x = 1e", "x = 1e+", "x = 1.2.3", "x = 1..2", "x = 3foo", "x = 0x1p", "x = 1e5x",
    "x = 12_3", "x = 0b11", "x = 1.x", "x = .1.2", "x = 9999999999999999999x", "x = 08", "x = 1 .. 2", "x = 0xep1",
    "x = 1e1.5", "x = 5..5 .. 'x'", "x = 0x.", "x = .", "x = 0x.p1", "x = 0xfg.1",
  "x = @", "x = a @ b", "@", "$", "!", "?", "x = ?", "`", "\\", "x = \1", "\0", "x = 1\0", "x = '\0' y", "\127", "\200",
    "x = \195\169", "\239\187\191x = 1", "x = a \194\160 b", "x = é", "ñ = 1", "x = 1 \27", "#!shebang", "# comment",
    "x = # ", "x = 1 # 2", "x = %", "x = 1 % % 2", "x = & 1", "x = 1 & & 2", "x = |", "x = ;", "x = :", "x = ::",
    "x = ...", "x = ....", "x = ..", "x = a...b", "x ~= 1", "x == 1", "x <= 1", "x << 1", "x >> = 1", "x = ]", "x = }",
    "x = )", "x]", "x}", "}", "]", ")", "(", "{", "[", ",", ";", ":", ".", "..", "...", "=", "==", "~", "~=", "<", ">>",
    "//", "+", "'lone'", "12", "nil", "true", "and", "or", "not", "in", "function", "local", "return", "goto", "global",
  "x = averyveryveryveryveryveryveryveryveryveryveryverylongname anothername", "x = 'a string' another",
    "x = 12345 6789", "x = 1.50 x.y.z", "x = 0x10 ~", "f('text' 'more')", "x = [[long\ntext]] 5",
    "x = 'with\\nescape' 5", "x = 1 --comment\n y", "x =\n\n\n", "\n\n\n)", "x = (\n1\n", "f(\n1,\n2\n",
    "x = {\n1,\n2\n", "do\nx = 1\n", "function f()\nx = 1\n", "if x then\n\nelse\n", "repeat\n\n", "while x do\n\n",
    "for i = 1, 2 do\n\n", "local function f(\n\n", "x = function()\n\n", "f {\n\n", "x = a[\n\n",
    "if x then\n elseif y\n", "x = 'a' --[[\n\n]] 'b", "local x <\n\nconst", "goto\n\n", "::\nx\n", "return\n\n)",
    "x = '\\\n\n'",
} do try(s) end
