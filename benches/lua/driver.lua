-- Runs one benchmark, checks its result, prints its time.
--
--   lua benches/lua/driver.lua NAME [N]     one benchmark, with its own or a given size
--   lua benches/lua/driver.lua all          every benchmark, one line each
--
-- A benchmark is a file that returns { name, run, n, expect }: run(n) computes something
-- that takes PUC Lua between half a second and a second for the default n, and expect is
-- the result for that n as tostring prints it.

local folder <const> = (arg[0]:match("^(.*[/\\])") or "./")

local names <const> = {
  "astar", "ast_interpreter", "binary_trees", "bytecode_machine", "coroutine_generators", "deltablue", "event_dispatch",
  "fannkuch", "fib", "fnv1a", "game_of_life", "havlak", "heap", "json", "lz", "mandelbrot", "matrix_product",
  "method_calls", "nbody", "queens", "ray_tracing", "richards", "sha256", "sieve", "sort_comparator", "spectral_norm",
  "splitmix64", "string_building", "templates", "tokenizer", "word_count", "xorshift",
}

local function measure(name, n)
  local chunk <const>, message <const> = loadfile(folder .. name .. ".lua")
  if not chunk then
    io.stderr:write(message, "\n")
    return false
  end
  local benchmark <const> = chunk()
  local size <const> = n or benchmark.n
  collectgarbage()
  local start <const> = os.clock()
  local result <const> = tostring(benchmark.run(size))
  local ms <const> = (os.clock() - start) * 1000
  local verdict = "unchecked"
  if size == benchmark.n then
    verdict = result == benchmark.expect and "ok" or "WRONG, expected " .. benchmark.expect
  end
  print(string.format("%-22s n=%-10s %10.1f ms  %s  %s", benchmark.name, size, ms, result, verdict))
  return verdict:sub(1, 5) ~= "WRONG"
end

local name <const>, size <const> = arg[1], arg[2]
if not name then
  io.stderr:write("usage: driver.lua NAME|all [N]\nbenchmarks: ", table.concat(names, " "), "\n")
  os.exit(2)
end
local n
if size then
  n = math.tointeger(size)
  if not n or n < 1 then
    io.stderr:write("N must be a positive integer, not '", size, "'\n")
    os.exit(2)
  end
end

local good = true
if name == "all" then
  for _, each in ipairs(names) do good = measure(each, n) and good end
else
  good = measure(name, n)
end
os.exit(good)
