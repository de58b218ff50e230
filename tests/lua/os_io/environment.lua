-- os.getenv, os.setlocale, os.clock, os.execute and io.popen: the portable part.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(os.getenv("SURELY_NOT_SET_ANYWHERE_123"), type(os.getenv("PATH")), os.getenv(""))
e(os.getenv)
e(os.getenv, nil)
e(os.getenv, {})
print(os.getenv(12345))

print(os.setlocale(), os.setlocale(nil), os.setlocale("C"), os.setlocale(nil, "numeric"), os.setlocale("C", "all"))
print(os.setlocale("surely-no-such-locale"))
for _, category in ipairs { "all", "collate", "ctype", "monetary", "numeric", "time" } do io.write(tostring(os.setlocale("C", category)), " ") end
print()
e(os.setlocale, "C", "nonsense")
e(os.setlocale, {})
e(os.setlocale, "C", {})

local start = os.clock()
local x = 0
for i = 1, 10000 do x = x + i end
print(x, os.clock() >= start, os.clock() - start < 5)
print(type(os.time()), os.time() > 1700000000)
os.remove(os.tmpname())

print(type(os.execute()))
print(os.execute("exit 0"))
print(os.execute("exit 3"))
print(os.execute("true"), (os.execute("false")))
e(os.execute, {})

local p = io.popen("echo from the shell; echo line two")
print(io.type(p), p:read("l"), p:read("a"))
print(p:close())
p = io.popen("exit 5")
print(p:close())
p = io.popen("cat > /dev/null", "w")
print(p:write("input") == p, p:close())
e(io.popen)
e(io.popen, {})
e(io.popen, "true", "x")
e(io.popen, "true", "rw")

-- What os.exit would complain about is checked without leaving.
e(os.exit, {})
e(os.exit, "x")
e(os.exit, 1.5)
