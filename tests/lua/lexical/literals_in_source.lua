-- A large generated source: many constants and strings survive intact.
local parts = { "local t = {" }
for i = 1, 400 do parts[#parts + 1] = string.format("%d, %q, %s,", i * 1000003, "s" .. i, i + 0.25) end
parts[#parts + 1] = "} return t"
local t = assert(load(table.concat(parts, "\n")))()
print(#t, t[1], t[2], t[3], t[1198], t[1199], t[1200])
local ok = true
for i = 1, 400 do
  ok = ok and t[3 * i - 2] == i * 1000003 and t[3 * i - 1] == "s" .. i and t[3 * i] == i + 0.25
end
print("constants intact", ok)
-- %q round trips
local samples = { 0, -0.0, 1, -1, 0.1, 1e300, -1e-300, 1 / 3, math.maxinteger, math.mininteger, math.huge, -math.huge,
  "", "a\nb", "\0", "\r\n", '"', "\\", "\200\201", "\0001", "tab\t", true, false }
for i, v in ipairs(samples) do
  local q = string.format("%q", v)
  local back = load("return " .. q)()
  print(i, math.type(v) or type(v), back == v, math.type(back) == math.type(v), (q:gsub("\n", "<nl>"):gsub("[\128-\255]", "?")))
end
local n = load("return " .. string.format("%q", 0 / 0))()
print(n ~= n)
-- deep nesting that is still allowed
print(load("return " .. ("("):rep(150) .. "7" .. (")"):rep(150))())
print(load("return " .. ("-"):rep(0) .. ("not "):rep(100) .. "true")())
print(#load("return " .. ("{"):rep(100) .. ("}"):rep(100))())
print(load(("do "):rep(100) .. " X = 'deep' " .. ("end "):rep(100) .. " return X")())
print(load("return " .. ("1 + "):rep(1000) .. "1")())
print(#load("return " .. ("'a' .. "):rep(150) .. "'b'")())
-- far too deep nesting is an error, not a crash
for _, src in ipairs { "return " .. ("("):rep(3000) .. "7" .. (")"):rep(3000), ("do "):rep(3000) .. ("end "):rep(3000),
  "return " .. ("{"):rep(3000) .. ("}"):rep(3000), "local a; return " .. ("a .. "):rep(3000) .. "a",
  "return " .. ("-"):rep(1) .. ("not "):rep(3000) .. "1", ("return function() "):rep(3000) .. ("end "):rep(3000) } do
  local ok, f, msg = pcall(load, src, "=deep")
  print(ok, f, string.find(msg, "overflow") ~= nil)
end
