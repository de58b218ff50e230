-- Finds the loops of a control-flow graph, nested and irreducible ones too: depth-first
-- numbering, union-find, worklists and sets.
local unpack = table.unpack or unpack

local function graph()
  return { successors = {}, predecessors = {}, count = 0 }
end

local function node(g)
  g.count = g.count + 1
  g.successors[g.count], g.predecessors[g.count] = {}, {}
  return g.count
end

local function edge(g, from, to)
  local out, into = g.successors[from], g.predecessors[to]
  out[#out + 1] = to
  into[#into + 1] = from
end

local function diamond(g, start)
  local left, right, join = node(g), node(g), node(g)
  edge(g, start, left)
  edge(g, start, right)
  edge(g, left, join)
  edge(g, right, join)
  return join
end

local function loop(g, from, depth)
  local header = node(g)
  edge(g, from, header)
  local body = diamond(g, header)
  if depth > 1 then
    body = loop(g, body, depth - 1)
    body = loop(g, body, depth - 1)
  end
  local footer = node(g)
  edge(g, body, footer)
  edge(g, footer, header)
  local exit = node(g)
  edge(g, footer, exit)
  return exit
end

-- Numbers the nodes depth first; last[i] is the greatest number below i.
local function number(g)
  local of, order, last, count = {}, {}, {}, 0
  local function visit(v)
    count = count + 1
    local mine = count
    of[v], order[mine] = mine, v
    for _, w in ipairs(g.successors[v]) do
      if not of[w] then visit(w) end
    end
    last[mine] = count
  end
  visit(1)
  return of, order, last, count
end

local function find(parent, x)
  local root = x
  while parent[root] ~= root do root = parent[root] end
  while parent[x] ~= root do
    parent[x], x = root, parent[x]
  end
  return root
end

local function loops(g)
  local of, order, last, count = number(g)
  local parent, header, back, other, kind = {}, {}, {}, {}, {}
  for w = 1, count do
    parent[w], header[w], back[w], other[w], kind[w] = w, 1, {}, {}, "plain"
    for _, p in ipairs(g.predecessors[order[w]]) do
      local v = of[p]
      if v then
        if w <= v and v <= last[w] then back[w][#back[w] + 1] = v else other[w][#other[w] + 1] = v end
      end
    end
  end
  local found, members, irreducible = 0, 0, 0
  for w = count, 1, -1 do
    local pool, inPool = {}, {}
    for _, v in ipairs(back[w]) do
      if v == w then
        kind[w] = "self"
      else
        local root = find(parent, v)
        if not inPool[root] then
          inPool[root] = true
          pool[#pool + 1] = root
        end
      end
    end
    local work = { unpack(pool) }
    if #pool > 0 then kind[w] = "reducible" end
    while #work > 0 do
      local x = table.remove(work)
      for _, y in ipairs(other[x]) do
        local root = find(parent, y)
        if not (w <= root and root <= last[w]) then
          kind[w] = "irreducible"
          other[w][#other[w] + 1] = root
        elseif root ~= w and not inPool[root] then
          inPool[root] = true
          pool[#pool + 1] = root
          work[#work + 1] = root
        end
      end
    end
    if #pool > 0 or kind[w] == "self" then
      found = found + 1
      if kind[w] == "irreducible" then irreducible = irreducible + 1 end
      for _, x in ipairs(pool) do
        header[x] = w
        parent[x] = w
        members = members + 1
      end
    end
  end
  return found, members, irreducible
end

local function run(n)
  local g = graph()
  local at = node(g)
  for i = 1, 6 do at = loop(g, at, 5) end
  -- Jumps into the middle of loops make some of them irreducible.
  for i = 10, g.count - 40, 97 do edge(g, i, i + 33) end
  local total, found, members, irreducible = 0, 0, 0, 0
  for _ = 1, n do
    found, members, irreducible = loops(g)
    total = total + found
  end
  return g.count .. " " .. found .. " " .. members .. " " .. irreducible .. " " .. total
end

return { name = "havlak", n = 70, run = run, expect = "1117 186 1104 20 13020" }
