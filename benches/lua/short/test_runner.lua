-- A test framework and a few hundred tests of a stack and of strings; half of the work is comparing and reporting.

local results = { passed = 0, failed = 0, messages = {} }
local stack_of_names, hooks = {}, {}

local function deep_equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for k, v in pairs(a) do if not deep_equal(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

local function show(v, depth)
  if type(v) == "string" then return string.format("%q", v) end
  if type(v) ~= "table" or (depth or 0) > 3 then return tostring(v) end
  local keys, parts = {}, {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(x, y) return tostring(x) < tostring(y) end)
  for _, k in ipairs(keys) do parts[#parts + 1] = tostring(k) .. " = " .. show(v[k], (depth or 0) + 1) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local expect = setmetatable({}, { __call = function(_, actual)
  return setmetatable({ actual = actual }, { __index = {
    to_equal = function(self, expected)
      if not deep_equal(self.actual, expected) then
        error("expected " .. show(expected) .. ", got " .. show(self.actual), 2)
      end
    end,
    to_fail = function(self, pattern)
      local ok, message = pcall(self.actual)
      if ok then error("it did not fail", 2) end
      if not tostring(message):find(pattern) then error("failed with " .. tostring(message), 2) end
    end,
  } })
end })

local function describe(name, body)
  stack_of_names[#stack_of_names + 1] = name
  local outer = hooks
  hooks = setmetatable({}, { __index = outer })
  body()
  hooks = outer
  stack_of_names[#stack_of_names] = nil
end
local function before_each(f) hooks.before = f end
local function it(name, body)
  if hooks.before then hooks.before() end
  local ok, message = pcall(body)
  if ok then
    results.passed = results.passed + 1
  else
    results.failed = results.failed + 1
    results.messages[#results.messages + 1] = table.concat(stack_of_names, " ") .. " " .. name .. ": " .. tostring(message):gsub("^.-:%d+: ", "")
  end
end

local Stack = {}
Stack.__index = Stack
function Stack.new() return setmetatable({ n = 0 }, Stack) end
function Stack:push(v) self.n = self.n + 1; self[self.n] = v; return self end
function Stack:pop()
  if self.n == 0 then error("the stack is empty") end
  local v = self[self.n]
  self[self.n] = nil
  self.n = self.n - 1
  return v
end

for round = 1, 150 do
  describe("stack " .. round, function()
    local s
    before_each(function() s = Stack.new() end)
    it("gives back what was pushed last", function()
      s:push(1):push({ x = round, list = { 1, 2, round } })
      expect(s:pop()).to_equal({ x = round, list = { 1, 2, round } })
      expect(s.n).to_equal(1)
    end)
    it("fails when it is empty", function() expect(function() s:pop() end).to_fail("is empty$") end)
    it("is wrong now and then", function() expect(s:push(round % 50).n).to_equal(round % 50 == 0 and 2 or 1) end)
    describe("of strings", function()
      it("keeps them", function()
        for w in ("the quick brown fox"):gmatch("%a+") do s:push(w:upper():lower()) end
        expect(s:pop() .. s:pop()).to_equal("foxbrown")
      end)
    end)
  end)
end
for _, message in ipairs(results.messages) do print(message) end
print(results.passed, results.failed)
