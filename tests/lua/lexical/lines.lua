-- Free form: statements run across lines; line numbers count every newline form.
local x =
1
+
2
print(
x
)
local function line(src)
  local f, m = load(src, "=L")
  if f then local _, e = pcall(f) m = e end
  return m
end
print(line("error('here')"))
print(line("\nerror('here')"))
print(line("\r\nerror('here')"))
print(line("\n\rerror('here')"))
print(line("\r\rerror('here')"))
print(line("\n\nerror('here')"))
print(line("\r\n\r\nerror('here')"))
print(line("--c\n--[[\n\n]]\nerror('here')"))
print(line("local s = [[\n\n]] error('here')"))
print(line("local s = 'a\\\nb\\z\n\n c' error('here')"))
print(line("error\n(\n'here'\n)"))
print(line("local t = nil\nlocal a = 1 +\n t.x"))
print(line("local a = {}\nlocal b = a\n .b\n .c"))
print(line("local a = {}\na\n.b\n.c()"))
print(line("local a, b = 1, {}\nreturn a\n+\nb"))
print(line("local a, b = 1, {}\nreturn a ..\nb\n.. 'x'"))
print(line("local a, b = 1, {}\nreturn a\n<\nb"))
print(line("local f\nprint(1,\n2,\nf())"))
print(line("x = = 1"))
print(line("\n\nx = = 1"))
print(line("if true\n\n\nprint(1) end"))
print(line("do\n\nlocal a\n\n"))
print(line("for i = 1, 2 do\n\nif i then\n\nend\n"))
print(line("f(\n\n1\n\n"))
print(line("t = {\n\n1\n\n"))
-- a call on the next line continues the statement
local function f(a) print("called", a) return function(b) print("chained", b) end end
local y = f
(5)
(6)
print(y)
