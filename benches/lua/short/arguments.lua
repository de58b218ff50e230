-- A parser of command lines with subcommands and a help text, asked once: what a small tool does before it begins.

local Parser = {}
Parser.__index = Parser
local function new(name, about) return setmetatable({ name = name, about = about, options = {}, by_flag = {}, positional = {}, commands = {}, order = {} }, Parser) end
function Parser:option(flags, about, rest)
  local o = { about = about, flags = {} }
  for k, v in pairs(rest or {}) do o[k] = v end
  for flag in flags:gmatch("%S+") do
    o.flags[#o.flags + 1] = flag
    self.by_flag[flag] = o
  end
  o.key = o.flags[#o.flags]:gsub("^%-+", ""):gsub("%-", "_")
  self.options[#self.options + 1] = o
  return self
end
function Parser:argument(name, about, many) self.positional[#self.positional + 1] = { name = name, about = about, many = many }; return self end
function Parser:command(name, about)
  local c = new(self.name .. " " .. name, about)
  self.commands[name] = c
  self.order[#self.order + 1] = name
  return c
end
function Parser:help()
  local out = { "usage: " .. self.name .. " [OPTIONS]" }
  for _, p in ipairs(self.positional) do out[1] = out[1] .. " " .. p.name:upper() .. (p.many and "..." or "") end
  out[#out + 1] = self.about
  for _, name in ipairs(self.order) do out[#out + 1] = string.format("  %-12s %s", name, self.commands[name].about) end
  local lines = {}
  for _, o in ipairs(self.options) do lines[#lines + 1] = string.format("  %-22s %s", table.concat(o.flags, ", ") .. (o.takes and " " .. o.takes or ""), o.about) end
  table.sort(lines)
  return table.concat(out, "\n") .. "\n" .. table.concat(lines, "\n")
end
function Parser:parse(words)
  local result, position, i = {}, 1, 1
  for _, o in ipairs(self.options) do if o.default ~= nil then result[o.key] = o.default end end
  while i <= #words do
    local word = words[i]
    local flag, value = word:match("^(%-%-[%w-]+)=?(.*)$")
    if not flag then flag = word:match("^%-%a$") end
    if flag then
      local o = self.by_flag[flag] or error("unknown option " .. flag, 0)
      if not o.takes then
        result[o.key] = o.count and (result[o.key] or 0) + 1 or true
      else
        if not value or value == "" then i = i + 1; value = words[i] or error(flag .. " needs a value", 0) end
        if o.convert then value = o.convert(value) or error("bad value for " .. flag, 0) end
        if o.list then
          result[o.key] = result[o.key] or {}
          table.insert(result[o.key], value)
        else
          result[o.key] = value
        end
      end
    elseif self.commands[word] and position == 1 then
      local rest = {}
      for k = i + 1, #words do rest[#rest + 1] = words[k] end
      result.command, result.inner = word, self.commands[word]:parse(rest)
      return result
    else
      local p = self.positional[position] or error("what is '" .. word .. "'?", 0)
      if p.many then
        result[p.name] = result[p.name] or {}
        table.insert(result[p.name], word)
      else
        result[p.name], position = word, position + 1
      end
    end
    i = i + 1
  end
  return result
end

local parser = new("tool", "Does things with files.")
parser:option("-v --verbose", "says more", { count = true }):option("-q --quiet", "says less")
parser:option("-C --directory", "where to begin", { takes = "DIR", default = "." })
for i = 1, 25 do parser:option("--feature-" .. i, "turns on number " .. i, { takes = "N", convert = tonumber }) end
local build = parser:command("build", "makes something")
build:option("-o --output", "where to", { takes = "FILE" }):option("-I --include", "where to look", { takes = "DIR", list = true }):argument("source", "what of", true)
parser:command("clean", "removes it"):option("--all", "everything")

print(parser:help())
print(build:help())
local r = parser:parse({ "-v", "--verbose", "--feature-3=17", "-C", "/tmp", "build", "-I", "a", "--include=b", "-o", "x.out", "main.lua", "other.lua" })
print(r.verbose, r.directory, r.feature_3, r.command, r.inner.output, table.concat(r.inner.include, ","), table.concat(r.inner.source, ","))
for _, words in ipairs({ { "--nonsense" }, { "-C" }, { "--feature-1=x" }, { "clean", "now" } }) do
  print(select(2, pcall(parser.parse, parser, words)))
end
