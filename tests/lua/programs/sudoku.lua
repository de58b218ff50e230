-- A sudoku solver: candidate masks, the most constrained cell first, backtracking.
local Solver = {}
Solver.__index = Solver

local function box(row, column) return (row - 1) // 3 * 3 + (column - 1) // 3 + 1 end

function Solver.new(text)
  local self = setmetatable({ cells = {}, rows = {}, columns = {}, boxes = {}, empty = {}, nodes = 0 }, Solver)
  for i = 1, 9 do self.rows[i], self.columns[i], self.boxes[i] = 0, 0, 0 end
  local i = 0
  for c in text:gmatch("[%d.]") do
    local row, column = i // 9 + 1, i % 9 + 1
    i = i + 1
    self.cells[i] = 0
    if c:match("[1-9]") then
      self:set(row, column, math.tointeger(c))
    else
      self.empty[#self.empty + 1] = i
    end
  end
  if i ~= 81 then error("a puzzle has 81 cells, not " .. i, 0) end
  return self
end

function Solver:set(row, column, digit)
  local bit = 1 << digit
  local b = box(row, column)
  if (self.rows[row] | self.columns[column] | self.boxes[b]) & bit ~= 0 then
    error(("digit %d twice at row %d, column %d"):format(digit, row, column), 0)
  end
  self.cells[(row - 1) * 9 + column] = digit
  self.rows[row] = self.rows[row] | bit
  self.columns[column] = self.columns[column] | bit
  self.boxes[b] = self.boxes[b] | bit
end

function Solver:clear(row, column)
  local i = (row - 1) * 9 + column
  local mask, b = ~(1 << self.cells[i]), box(row, column)
  self.cells[i] = 0
  self.rows[row] = self.rows[row] & mask
  self.columns[column] = self.columns[column] & mask
  self.boxes[b] = self.boxes[b] & mask
end

local function ones(x)
  local n = 0
  while x ~= 0 do x, n = x & (x - 1), n + 1 end
  return n
end

function Solver:solve()
  local best, bestMask, bestCount, at
  for k, i in ipairs(self.empty) do
    local row, column = (i - 1) // 9 + 1, (i - 1) % 9 + 1
    local mask = 0x3FE & ~(self.rows[row] | self.columns[column] | self.boxes[box(row, column)])
    local count = ones(mask)
    if not best or count < bestCount then best, bestMask, bestCount, at = i, mask, count, k end
    if count <= 1 then break end
  end
  if not best then return true end
  self.nodes = self.nodes + 1
  local row, column = (best - 1) // 9 + 1, (best - 1) % 9 + 1
  table.remove(self.empty, at)
  for digit = 1, 9 do
    if bestMask & (1 << digit) ~= 0 then
      self:set(row, column, digit)
      if self:solve() then return true end
      self:clear(row, column)
    end
  end
  table.insert(self.empty, at, best)
  return false
end

function Solver:__tostring()
  local lines = {}
  for row = 1, 9 do lines[row] = table.concat(self.cells, "", row * 9 - 8, row * 9) end
  return table.concat(lines, "\n")
end

for _, puzzle in ipairs {
  "53..7.... 6..195... .98....6. 8...6...3 4..8.3..1 7...2...6 .6....28. ...419..5 ....8..79",
  "1................................................................................",
  "55...............................................................................",
  "12345678.........9...............................................................",
  "too short",
} do
  local ok, solver = pcall(Solver.new, puzzle)
  if not ok then
    print("rejected: " .. solver)
  elseif solver:solve() then
    print(solver)
    print("nodes " .. solver.nodes)
  else
    print("no solution, nodes " .. solver.nodes)
  end
end
