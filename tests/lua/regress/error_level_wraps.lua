-- The level that 'error' takes is a C integer in the reference implementation.
for _, level in ipairs({ 9007199254740993, 4294967297, 4294967296, -4294967295, 4294967298, math.mininteger, 2.0 }) do
  print(pcall(function() error("message", level) end))
end
