-- An incremental one-way constraint solver: chains of equalities and scalings are planned
-- from strengths, then the plan is executed many times.
local floor = math.floor

local REQUIRED, STRONG, MEDIUM, WEAK, NONE = 1, 2, 3, 4, 5

local function variable(value)
  return { value = value, strength = NONE, by = nil, mark = 0, users = {}, stay = true }
end

local Constraint = {}
Constraint.__index = Constraint
local function extend(base)
  local c = setmetatable({}, { __index = base })
  c.__index = c
  return c
end

-- A unary constraint holds one variable in place.
local Stay = extend(Constraint)
function Stay:inputs() return nil end
function Stay:output() return self.a end
function Stay:choose(mark)
  self.satisfied = self.a.mark ~= mark and self.strength < self.a.strength
end
function Stay:execute() end
function Stay:known() return true end

local Edit = extend(Stay)
Edit.isInput = true

-- A binary constraint may run in either direction; the weaker end becomes the output.
local Equal = extend(Constraint)
function Equal:output() return self.forward and self.b or self.a end
function Equal:inputs() return self.forward and self.a or self.b end
function Equal:choose(mark)
  local a, b = self.a, self.b
  if a.mark == mark then
    self.satisfied, self.forward = b.mark ~= mark and self.strength < b.strength, true
  elseif b.mark == mark then
    self.satisfied, self.forward = a.mark ~= mark and self.strength < a.strength, false
  elseif a.strength > b.strength then
    self.satisfied, self.forward = self.strength < a.strength, false
  else
    self.satisfied, self.forward = self.strength < b.strength, true
  end
end
function Equal:known(mark)
  local from = self:inputs()
  return from.mark == mark or from.stay or from.by == nil
end
function Equal:execute()
  if self.forward then self.b.value = self.a.value else self.a.value = self.b.value end
end

local Scale = extend(Equal)
function Scale:execute()
  if self.forward then
    self.b.value = self.a.value * self.factor + self.offset
  else
    self.a.value = floor((self.b.value - self.offset) / self.factor)
  end
end

local Solver = {}
Solver.__index = Solver

function Solver:add(kind, fields)
  local c = setmetatable(fields, kind)
  c.a.users[#c.a.users + 1] = c
  if c.b then c.b.users[#c.b.users + 1] = c end
  self.mark = self.mark + 1
  local overridden = self:satisfy(c, self.mark)
  while overridden do overridden = self:satisfy(overridden, self.mark) end
  return c
end

function Solver:satisfy(c, mark)
  c:choose(mark)
  if not c.satisfied then return nil end
  local from, out = c:inputs(), c:output()
  if from then from.mark = mark end
  local overridden = out.by
  if overridden then overridden.satisfied = false end
  out.by = c
  self:propagate(c, mark)
  out.mark = mark
  return overridden
end

local function recalculate(c)
  local from, out = c:inputs(), c:output()
  out.strength = from and math.max(c.strength, from.strength) or c.strength
  out.stay = not c.isInput and (not from or from.stay)
  if out.stay then c:execute() end
end

function Solver:propagate(c)
  local todo, at = { c }, 1
  while todo[at] do
    local current = todo[at]
    at = at + 1
    recalculate(current)
    local out = current:output()
    for _, user in ipairs(out.users) do
      if user ~= current and user.satisfied and user:inputs() == out then todo[#todo + 1] = user end
    end
  end
end

function Solver:remove(c)
  local out = c:output()
  local satisfied = c.satisfied
  for _, v in ipairs { c.a, c.b } do
    for i, user in ipairs(v.users) do
      if user == c then table.remove(v.users, i) break end
    end
  end
  c.satisfied = false
  if not satisfied then return end
  out.by, out.strength, out.stay = nil, NONE, true
  local unsatisfied, todo, at = {}, { out }, 1
  while todo[at] do
    local v = todo[at]
    at = at + 1
    for _, user in ipairs(v.users) do
      if not user.satisfied then
        unsatisfied[#unsatisfied + 1] = user
      elseif user:inputs() == v then
        recalculate(user)
        todo[#todo + 1] = user:output()
      end
    end
  end
  for strength = REQUIRED, WEAK do
    for _, user in ipairs(unsatisfied) do
      if user.strength == strength and not user.satisfied then
        self.mark = self.mark + 1
        local overridden = self:satisfy(user, self.mark)
        while overridden do overridden = self:satisfy(overridden, self.mark) end
      end
    end
  end
end

function Solver:plan(sources)
  self.mark = self.mark + 1
  local mark, plan, todo = self.mark, {}, {}
  for i, c in ipairs(sources) do todo[i] = c end
  while #todo > 0 do
    local c = table.remove(todo)
    local out = c:output()
    if out.mark ~= mark and c:known(mark) then
      plan[#plan + 1] = c
      out.mark = mark
      for _, user in ipairs(out.users) do
        if user ~= c and user.satisfied and user:inputs() == out then todo[#todo + 1] = user end
      end
    end
  end
  return plan
end

local function change(solver, v, value)
  local edit = solver:add(Edit, { a = v, strength = STRONG })
  local plan = solver:plan { edit }
  for k = 1, 10 do
    v.value = value + k - 10
    for i = 1, #plan do plan[i]:execute() end
  end
  solver:remove(edit)
end

local function run(n)
  local check = 0
  for round = 1, n do
    local solver = setmetatable({ mark = 0 }, Solver)
    local chain = { variable(0) }
    for i = 2, 200 do
      chain[i] = variable(0)
      if i % 20 == 0 then
        solver:add(Scale, { a = chain[i - 1], b = chain[i], strength = REQUIRED, factor = 2, offset = 1 })
      else
        solver:add(Equal, { a = chain[i - 1], b = chain[i], strength = REQUIRED })
      end
    end
    solver:add(Stay, { a = chain[200], strength = WEAK })
    for i = 1, 4 do
      change(solver, chain[1], i * round)
      check = (check * 31 + chain[200].value) % 4294967296
      change(solver, chain[100], i + round)
      check = (check * 31 + chain[150].value) % 4294967296
    end
  end
  return check
end

return { name = "deltablue", n = 23, run = run, expect = "2135706312" }
