-- Generic for: iterator protocol with state, control and closing value.
local function range(n) local i = 0 return function() i = i + 1 if i <= n then return i, i * i end end end
for i, sq in range(4) do io.write(i, "^2=", sq, " ") end
print()
-- stateless with state and control
local function step(state, ctl) if ctl < state.max then return ctl + state.by, state.name end end
for c, name in step, { max = 10, by = 4, name = "st" }, 0 do io.write(c, name, " ") end
print()
-- what the iterator receives each time
local function spy(s, c)
  io.write("(", tostring(s), ",", tostring(c), ") ")
  if c == nil then return "first", 1 elseif c == "first" then return false, 2 else return nil end
end
for k, v in spy, "S" do io.write(tostring(k), "=", tostring(v), " ") end
print()
-- only nil stops: false goes on
local seq, p = { false, 0, "", nil }, 0
for v in function() p = p + 1 return seq[p] end do io.write(tostring(v) == "" and "empty" or tostring(v), " ") end
print(p)
-- next and pairs over sequences; ipairs stops at nil
for k, v in next, { "a", "b" } do io.write(k, v, " ") end
for k, v in pairs { "c", "d" } do io.write(k, v, " ") end
for k, v in ipairs { "e", "f", nil, "g" } do io.write(k, v, " ") end
print()
-- more variables than values and the reverse
for a, b, c in function(_, x) if not x then return 1, 2 end end do print(a, b, c) end
for a in function(_, x) if not x then return 1, 2 end end do print(a) end
for a, b, c, d, e, f in function(_, x) if not x then return 1, 2, 3, 4, 5, 6, 7 end end do print(a, b, c, d, e, f) end
-- callable tables and nested iterators
local it = setmetatable({ n = 0 },
  { __call = function(self, s, c) self.n = self.n + 1 if self.n <= 3 then return self.n, s end end })
for i, s in it, "state" do io.write(i, s, " ") end
print()
for a in range(2) do for b in range(a + 1) do if b == 2 and a == 1 then break end io.write(a, b, " ") end end
print()
-- the fourth value is closed at the end, on break, return and error
local function closing(tag)
  return setmetatable({}, { __close = function(_, e) io.write("<close ", tag, " ", tostring(e), "> ") end })
end
for i in range(2), nil, nil, closing "normal" do io.write(i, " ") end
for i in range(9), nil, nil, closing "break" do io.write(i, " ") if i == 2 then break end end
local function fret() for i in range(9), nil, nil, closing "return" do if i == 3 then return "got " .. i, "more" end end end
print(fret())
print(pcall(function() for i in range(9), nil, nil, closing "err" do error("E" .. i, 0) end end))
for i in range(9), nil, nil, closing "goto" do if i == 2 then goto out end end
::out::
for i in range(1), nil, nil, nil do io.write(i, " nilclose ") end
for i in range(1), nil, nil, false do io.write(i, " falseclose ") end
print()
print(pcall(function() for i in range(1), nil, nil, {} do end end))
-- the control variable belongs to each iteration
local fs = {}
for i, sq in range(3) do fs[i] = function() sq = sq + i return sq end end
print(fs[1](), fs[1](), fs[2](), fs[3]())
-- errors
local function try(src) print((src:gsub("\n", " ")), select(2, pcall(load(src, "=g")))) end
try "for i in nil do end"
try "for i in 5 do end"
try "for i in {} do end"
try "local t = {} for i in t.iter do end"
try "for k in undefinedfn() do end"
try "for k in pairs() do end"
try "for k in pairs(nil) do end"
try "for k in ipairs() do end"
try "for k, v in next, {}, 'nokey' do end"
try "for k in 'str' do end"
try "\n\nfor k in\nfalse do end"
