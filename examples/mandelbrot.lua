-- The Mandelbrot set in characters.
--
--   lua examples/mandelbrot.lua [columns] [center-x] [center-y] [zoom] [iterations]
--
-- For instance:  lua examples/mandelbrot.lua 100 -0.7436 0.1318 400 600

global<const> print, arg, tonumber, error
global<const> table, math, string

local function option(index, name, default, low, high)
  local given = arg and arg[index]
  if not given then return default end
  local value = tonumber(given) or error(name .. " must be a number, not '" .. given .. "'", 0)
  if value < low or value > high then
    error(string.format("%s must lie between %g and %g", name, low, high), 0)
  end
  return value
end

local columns <const> = math.tointeger(option(1, "columns", 92, 10, 400)) or error("columns must be whole", 0)
local centerX <const> = option(2, "center-x", -0.6, -4, 4)
local centerY <const> = option(3, "center-y", 0.0, -4, 4)
local zoom <const> = option(4, "zoom", 1.0, 0.1, 1e15)
local limit <const> = math.tointeger(option(5, "iterations", 200, 1, 100000)) or error("iterations must be whole", 0)

-- Characters are about twice as high as they are wide.
local rows <const> = columns * 2 // 5
local scale <const> = 3.2 / zoom / columns
local shades <const> = " .,:;-=+*coxOX#%@"

-- How long a point takes to escape; nil if it does not within the limit.
local function escape(cx, cy)
  -- The main cardioid and the disc left of it never escape: no need to try.
  local p = (cx - 0.25) * (cx - 0.25) + cy * cy
  if p * (p + (cx - 0.25)) < 0.25 * cy * cy then return nil end
  if (cx + 1) * (cx + 1) + cy * cy < 0.0625 then return nil end

  local x, y = 0.0, 0.0
  local x2, y2 = 0.0, 0.0
  local seenX, seenY, check = 0.0, 0.0, 8
  for i = 1, limit do
    y = 2 * x * y + cy
    x = x2 - y2 + cx
    x2, y2 = x * x, y * y
    if x2 + y2 > 16 then
      -- A fractional count makes the bands smooth.
      return i + 1 - math.log(math.log(x2 + y2) / 2, 2)
    end
    -- An orbit that comes back to where it was is periodic.
    if x == seenX and y == seenY then return nil end
    if i == check then
      seenX, seenY, check = x, y, check * 2
    end
  end
  return nil
end

local inside = 0
local histogram = {}
for row = 0, rows - 1 do
  local line = table.create(columns)
  local cy = centerY + (rows / 2 - row - 0.5) * scale * 2.2
  for column = 0, columns - 1 do
    local cx = centerX + (column + 0.5 - columns / 2) * scale
    local time = escape(cx, cy)
    local shade
    if time then
      shade = math.floor(math.sqrt(math.max(time, 0)) * 2.2) % (#shades - 1) + 1
      histogram[shade] = (histogram[shade] or 0) + 1
    else
      inside = inside + 1
      shade = #shades
    end
    line[column + 1] = shades:sub(shade, shade)
  end
  print(table.concat(line))
end

local busiest = 1
for shade = 1, #shades do
  if (histogram[shade] or 0) > (histogram[busiest] or 0) then busiest = shade end
end
print(string.format("%dx%d around %.6g%+.6gi, zoom %g: %.1f%% inside, most of the rest is '%s'",
  columns, rows, centerX, centerY, zoom, 100 * inside / (rows * columns), shades:sub(busiest, busiest)))
