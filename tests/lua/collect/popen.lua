-- io.popen: reading, writing, results of closing.
local p = io.popen("echo one; echo two; printf three")
print(io.type(p), p:read("l"), p:read("L"), p:read("a"), p:read("l"))
print(p:close())
print(io.type(p), pcall(p.close, p))
print(pcall(p.read, p))
local empty = io.popen("exit 0")
print(empty:read("a"), empty:read("a"), empty:read(0), empty:read(1))
print(empty:close())
local failing = io.popen("exit 7")
print(failing:close())
local killed = io.popen("kill -15 $$")
print(killed:close())
local missing = io.popen("exit 127", "r")
print(missing:read("a") == "", missing:close())
-- Lines and numbers.
for line in io.popen("echo a; echo b"):lines() do io.write("[", line, "]") end
print()
for n, word in io.popen("echo '1 x 2 y'"):lines("n", 2) do io.write(tostring(n), "/", tostring(word), ";") end
print()
local numbers = io.popen("echo 12 0x1F 1e2 nan")
print(numbers:read("n", "n", "n", "n"))
numbers:close()
-- Writing to a command.
local out = os.tmpname()
local w = io.popen("cat > " .. out, "w")
print(w:write("to ", 1, " ", 2.5, "\n") == w, w:flush() == w, io.type(w))
print(w:setvbuf("full"), w:setvbuf("no"), w:setvbuf("line", 100))
w:write("more\n")
print(w:close())
print(io.open(out):read("a"))
print(os.remove(out))
local status = io.popen("cat > /dev/null; exit 2", "w")
status:write("x")
print(status:close())
-- Closed by the end of a scope and by the collector.
do
  local scoped <close> = io.popen("echo scoped")
  print(scoped:read())
  p = scoped
end
print(io.type(p))
io.popen("exit 0")
collectgarbage()
-- As default input.
local input = io.input()
io.input(io.popen("echo default; echo input"))
print(io.read(), io.read("a"))
print(io.close(io.input()))
io.input(input)
-- Errors.
print(pcall(io.popen))
print(pcall(io.popen, "true", "rw"))
print(pcall(io.popen, "true", ""))
print(pcall(io.popen, "true", "r+"))
print(pcall(io.popen, {}))
print(tostring(p))
