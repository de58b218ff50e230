-- Lists that grow beside named fields, one element after the other, with fields that come in between, and then get holes:
-- what `#` says depends on the capacity that the array has by then. Often enough that the loops are compiled.

local function append(t, first, last)
  for i = first, last do t[i] = i end
  return t
end

local fields = { "a", "b", "c", "d", "e" }

local function case(before, first, between, last, hole)
  local t = {}
  for i = 1, before do t[fields[i]] = i end
  append(t, 1, first)
  for i = before + 1, before + between do t[fields[i]] = i end
  append(t, first + 1, last)
  local full = #t
  if hole > 0 then t[hole] = nil end
  local holed = #t
  t[#t + 1] = true
  return full .. holed .. #t
end

for round = 1, 3 do
  for before = 0, 2 do
    for between = 0, 2 do
      local line = {}
      for first = 0, 3 do
        for last = first, 6 do
          for hole = 0, last do line[#line + 1] = case(before, first, between, last, hole) end
        end
      end
      local text = table.concat(line, " ")
      if round == 3 then print(before, between, text) end
    end
  end
end
