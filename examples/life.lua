-- Conway's Game of Life on a torus.
--
-- A Grid is a class made of two metatables: one for the board, one for its rows.
-- The row metatable folds any column number back onto the board, so the
-- neighbour count needs no special case at the edges.
--
--   lua examples/life.lua [pattern] [generations]

global<const> print, ipairs, setmetatable, tonumber, arg
global<const> string, table, error, rawget

local patterns <const> = {
  glider = { ".O.", "..O", "OOO" },
  lwss   = { ".OOOO", "O...O", "....O", "O..O." },
  rpent  = { ".OO", "OO.", ".O." },
  acorn  = { ".O.....", "...O...", "OO..OOO" },
}

local Grid = {}
Grid.__index = Grid

local function fold(index, size)
  return (index - 1) % size + 1
end

function Grid.new(width, height)
  local rowMeta <const> = {}
  function rowMeta.__index(row, x)
    -- Reached only for columns outside 1..width: every cell inside is present.
    return rawget(row, fold(x, width))
  end
  local grid = { width = width, height = height, generation = 0, rowMeta = rowMeta }
  for y = 1, height do
    local row = table.create(width)
    for x = 1, width do row[x] = 0 end
    grid[y] = setmetatable(row, rowMeta)
  end
  return setmetatable(grid, Grid)
end

function Grid:stamp(rows, left, top)
  for dy, line in ipairs(rows) do
    for dx = 1, #line do
      local alive = line:sub(dx, dx) == "O"
      self[fold(top + dy - 1, self.height)][fold(left + dx - 1, self.width)] = alive and 1 or 0
    end
  end
  return self
end

function Grid:step()
  local after = Grid.new(self.width, self.height)
  after.generation = self.generation + 1
  for y = 1, self.height do
    local above = self[fold(y - 1, self.height)]
    local here = self[y]
    local below = self[fold(y + 1, self.height)]
    for x = 1, self.width do
      local w, e = x - 1, x + 1
      local near = above[w] + above[x] + above[e]
                 + here[w]             + here[e]
                 + below[w] + below[x] + below[e]
      after[y][x] = (near == 3 or near == 2 and here[x] == 1) and 1 or 0
    end
  end
  return after
end

function Grid:__len()
  local alive = 0
  for y = 1, self.height do
    for x = 1, self.width do alive = alive + self[y][x] end
  end
  return alive
end

function Grid:__eq(other)
  for y = 1, self.height do
    for x = 1, self.width do
      if self[y][x] ~= other[y][x] then return false end
    end
  end
  return true
end

-- Two cells share one character, so that the board looks square in a terminal.
function Grid:__tostring()
  local glyphs <const> = { [0] = " ", "▀", "▄", "█" }
  local lines = { "┌" .. ("─"):rep(self.width) .. "┐" }
  for y = 1, self.height, 2 do
    local cells = {}
    local upper, lower = self[y], self[y + 1]
    for x = 1, self.width do
      cells[x] = glyphs[upper[x] + (lower and 2 * lower[x] or 0)]
    end
    lines[#lines + 1] = "│" .. table.concat(cells) .. "│"
  end
  lines[#lines + 1] = "└" .. ("─"):rep(self.width) .. "┘"
  return table.concat(lines, "\n")
end

local name <const> = arg and arg[1] or "acorn"
local generations <const> = tonumber(arg and arg[2]) or 120
local pattern <const> = patterns[name] or error("no such pattern: " .. name, 0)

local grid = Grid.new(60, 32):stamp(pattern, 26, 14)
local before
for _ = 1, generations do
  if grid.generation % (generations // 4 > 0 and generations // 4 or 1) == 0 then
    print(string.format("%s, generation %d, %d alive", name, grid.generation, #grid))
    print(grid)
  end
  before, grid = grid, grid:step()
  if grid == before then goto still end
end
do
  print(string.format("%s, generation %d, %d alive", name, grid.generation, #grid))
  print(grid)
  return
end
::still::
print("a still life after " .. before.generation .. " generations")
