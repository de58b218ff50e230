-- collectgarbage: the options whose results do not depend on memory figures.
local function e(f, ...) print((select(2, pcall(f, ...)))) end

print(collectgarbage(), collectgarbage("collect"), collectgarbage(nil))
print(math.type(collectgarbage("count")), collectgarbage("count") > 0)
print(collectgarbage("isrunning"))
print(collectgarbage("stop"), collectgarbage("isrunning"))
print(collectgarbage("restart"), collectgarbage("isrunning"))
print(type(collectgarbage("step")), type(collectgarbage("step", 100)))
local before = collectgarbage("incremental")
print(before == "incremental" or before == "generational")
print(collectgarbage("generational"), collectgarbage("generational"), collectgarbage("incremental"), collectgarbage("incremental"))
print(type(collectgarbage("param", "pause")), type(collectgarbage("param", "stepmul")), type(collectgarbage("param", "stepsize")))
print(type(collectgarbage("param", "minormul")), type(collectgarbage("param", "majorminor")), type(collectgarbage("param", "minormajor")))
local old = collectgarbage("param", "pause", 300)
print(old == collectgarbage("param", "pause", old) or "rounded", collectgarbage("param", "pause") == old)

e(collectgarbage, "nonsense")
e(collectgarbage, 1)
e(collectgarbage, {})
e(collectgarbage, "param")
e(collectgarbage, "param", "nonsense")
e(collectgarbage, "step", "x")
e(collectgarbage, "collect", 1)

-- Weak values go, weak keys go, strings and strong references stay.
local values = setmetatable({}, { __mode = "v" })
values[1], values[2], values.s, values.n = {}, { "kept" }, "string", 42
local keep = values[2]
collectgarbage()
print(values[1], values[2] == keep, values.s, values.n)
local keys = setmetatable({}, { __mode = "k" })
local key = {}
keys[key], keys[{}], keys.s = "kept", "gone", "by string"
collectgarbage()
local n = 0
for _ in pairs(keys) do n = n + 1 end
print(n, keys[key], keys.s)
-- An ephemeron: the value refers to its own key.
local eph = setmetatable({}, { __mode = "k" })
do
  local k = {}
  eph[k] = { k }
end
collectgarbage()
print(next(eph))

-- Finalizers run in reverse order of marking, and may resurrect.
local order = {}
collectgarbage("stop")
for i = 1, 3 do setmetatable({}, { __gc = function() order[#order + 1] = i end }) end
collectgarbage("restart")
collectgarbage()
print(table.concat(order, " "))
local saved
do
  local object = setmetatable({ name = "phoenix" }, { __gc = function(o) saved = o end })
  object = nil
end
collectgarbage()
print(saved and saved.name)
saved = nil
collectgarbage()
print(saved)
local ran = 0
setmetatable({}, { __gc = function() ran = ran + 1 end })
setmetatable({}, { __gc = true })
collectgarbage()
collectgarbage()
print(ran)
local function churn() local t = {} for i = 1, 1000 do t[i] = { i } end return #t end
for _ = 1, 20 do churn() end
print(churn())
