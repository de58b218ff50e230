-- Runs one benchmark several times in one process, checks every result, prints every time.
--
--   lua benches/lua/driver.lua NAME|FILE.lua [ITERATIONS [N]]
--
-- A benchmark is a file that returns { name, run, n, expect }: run(n) computes something that takes PUC Lua about a
-- tenth of a second for the default n, and expect is the result for that n as tostring prints it. A run may also
-- return a list of times, of the steps it consisted of, and a number of bytes it processed.
--
-- Benchmarks and this file keep to the subset that Lua 5.1, 5.5, LuaJIT and Luau share, as far as they can; what a
-- benchmark needs beyond that is said in its first lines, as "-- needs: 64-bit integers".

local file, iterations, size = arg[1], tonumber(arg[2] or 1), tonumber(arg[3])
if not file or not iterations or iterations < 1 then
  io.stderr:write("usage: driver.lua NAME|FILE.lua [ITERATIONS [N]]\n")
  os.exit(2)
end
if not file:find("%.lua$") then
  file = (arg[0]:match("^(.*[/\\])") or "./") .. file .. ".lua"
end

local chunk, message = loadfile(file)
if not chunk then error(message, 0) end
local benchmark = chunk()
local name, run, n = benchmark.name, benchmark.run, size or benchmark.n

local steps, bytes = {}, nil
for i = 1, iterations do
  local start = os.clock()
  local result, times, processed = run(n)
  local seconds = os.clock() - start
  print(("%s: iterations=1 runtime: %.0fus"):format(name, seconds * 1e6))
  result = tostring(result)
  if size then
    print(("%s: result=%s"):format(name, result))
  elseif result ~= benchmark.expect then
    error(("%s: the result is %s, not %s"):format(name, result, benchmark.expect), 0)
  end
  -- The first half is for warming up.
  if times and 2 * i > iterations then
    for k = 1, #times do steps[#steps + 1] = times[k] end
  end
  bytes = processed
end

if #steps > 0 then
  table.sort(steps)
  local function at(share) return steps[math.max(1, math.ceil(share * #steps))] * 1e6 end
  print(("%s: pauses p50=%.1fus p99=%.1fus p99.9=%.1fus max=%.1fus"):format(name, at(0.5), at(0.99), at(0.999), at(1)))
end
if bytes then print(("%s: bytes=%.0f"):format(name, bytes)) end
