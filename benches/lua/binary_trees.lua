-- Builds and walks many short-lived trees, and keeps one long-lived: allocation and collection.
local function build(depth)
  if depth == 0 then return {} end
  return { left = build(depth - 1), right = build(depth - 1) }
end

local function count(tree)
  local left = tree.left
  if not left then return 1 end
  return 1 + count(left) + count(tree.right)
end

local function run(n)
  local lasting = build(n)
  local total = 0
  for depth = 4, n, 4 do
    for _ = 1, 2 ^ (n - depth + 2) do total = total + count(build(depth)) end
  end
  return total .. " " .. count(lasting)
end

return { name = "binary trees", n = 15, run = run, expect = "777696 65535" }
