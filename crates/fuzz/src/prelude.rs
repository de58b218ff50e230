//! What every program begins with: helpers in Lua that print values completely and reproducibly.
//!
//! Nothing may be printed that legitimately differs between two runs: no addresses, no order of a hash. So programs
//! never call `tostring` on what could be a table, but use `S`, and print with `P`, which sorts tables by key.
//!
//! | name | |
//! |---|---|
//! | `P(…)` | prints the values, with their types |
//! | `H(…)` | mixes the values into `hash`, for loops that would print too much |
//! | `S(x)` | a string |
//! | `named(x)` | the same, but a function of Lua's for one of the library, whose name messages would look for in globals |
//! | `C(f, …)` | calls what may be anything, while there is `fuel` |
//! | `cut(x)` | a string, but not a long one: programs that double strings stay small |
//! | `closer(name, error)` | something to be closed, which throws the error if there is one |
//! | `look(tag)` | looks at all frames with the debug library, and prints what there is but no values |
//! | `look_at(co)` | the same for a coroutine |
//! | `meddle(level, n, value)` | sets a local of some frame |
//! | `meddle_in(co, …)` | the same for a coroutine |
//! | `fuel` | how many metamethods may still be called, so that none recurs for ever |
//!
//! Only those a program uses are put before it, so that shrunk programs are short.

/// A helper: its name, the ones it uses, its text.
const HELPERS: &[(&str, &[&str], &str)] = &[
    ("fuel", &[], "local fuel = 60\n"),
    ("hash", &[], "local hash = 0\n"),
    (
        "show",
        &[],
        r##"local function show(v, depth)
  if math.type(v) == "integer" then return ("%d"):format(v) end
  if v ~= v then return "nan" end
  if type(v) == "number" then return ("%.17g"):format(v) .. "f" end
  if type(v) == "string" then return #v < 200 and ("%q"):format(v) or ("%q..%d"):format(v:sub(1, 80), #v) end
  if v == nil or type(v) == "boolean" then return tostring(v) end
  if type(v) ~= "table" then return type(v) end
  if rawequal(v, _G) then return "_G" end
  if depth > 2 then return "{..}" end
  local items = {}
  for k, x in next, v do
    items[#items + 1] = (type(k) == "table" and "table" or show(k, depth)) .. "=" .. show(x, depth + 1)
  end
  table.sort(items)
  return "{" .. table.concat(items, ", ", 1, math.min(#items, 40)) .. "}" .. #items
end
"##,
    ),
    (
        "P",
        &["show"],
        r##"local lines = 0
local function P(...)
  lines = lines + 1
  if lines > 600 then return end
  local t = table.pack(...)
  for i = 1, math.min(t.n, 40) do t[i] = show(t[i], 0) end
  print(table.concat(t, " ", 1, math.min(t.n, 40)))
end
"##,
    ),
    (
        "H",
        &["hash", "show"],
        r##"local function H(...)
  for i = 1, math.min(select("#", ...), 8) do
    local v = (select(i, ...))
    local kind = math.type(v)
    if kind == "float" then v = show(v, 0) kind = nil end
    if kind == "integer" then
      hash = hash * 31 + v
    elseif type(v) == "string" then
      -- How deep recursion gets differs, and where things are: the program must be seen to have got at that.
      if string.find(v, "stack overflow", 1, true) or string.find(v, ": 0x", 1, true) then print(v) end
      hash = hash * 33 + #v + (string.byte(v, -1) or 7) + (string.byte(v, 1) or 7) * 3 + (string.byte(v, #v // 2) or 7) * 5
    else
      hash = hash * 37 + (v and #type(v) or v == false and 2 or 1)
    end
  end
end
"##,
    ),
    (
        "S",
        &[],
        r##"local function S(v)
  local kind = type(v)
  if kind == "number" or kind == "string" or kind == "boolean" or kind == "nil" then return tostring(v) end
  return kind
end
"##,
    ),
    (
        "named",
        &[],
        r##"local function named(v)
  if type(v) == "function" then return function(...) return v(...) end end
  return v
end
"##,
    ),
    (
        "C",
        &["fuel"],
        r##"local function C(f, ...)
  if fuel <= 0 then return nil end
  fuel = fuel - 1
  return f(...)
end
"##,
    ),
    (
        "cut",
        &[],
        r##"local function cut(v)
  if type(v) == "string" and #v > 100 then return v:sub(1, 100) end
  return v
end
"##,
    ),
    (
        "closer",
        &["P"],
        r##"local function closer(name, err)
  return setmetatable({}, { __close = function(o, e)
    P("close", name, e)
    if err ~= nil then error(err, 0) end
  end })
end
"##,
    ),
    (
        "look_at",
        &["P"],
        r##"local looks = 0
local function look_at(co, tag)
  looks = looks + 1
  if looks > 12 or not debug then return end
  local info = co and function(...) return debug.getinfo(co, ...) end or debug.getinfo
  local get = co and function(...) return debug.getlocal(co, ...) end or debug.getlocal
  for level = 0, 9 do
    local i = info(level, "nSltur")
    if not i then break end
    P(tag, level, i.what, i.name, i.namewhat, i.currentline, i.istailcall, i.nups, i.isvararg, i.ftransfer, i.ntransfer)
    local names = {}
    for n = -3, 14 do
      local name, value = get(level, n)
      if name then names[#names + 1] = n .. name .. ":" .. type(value) end
    end
    P(table.concat(names, " "))
  end
end
"##,
    ),
    ("look", &["look_at"], "local function look(tag) look_at(nil, tag) end\n"),
    (
        "meddle",
        &["P"],
        r##"local function meddle(level, n, value)
  if debug then P(pcall(debug.setlocal, level + 1, n, value)) end
end
"##,
    ),
    (
        "meddle_in",
        &["P"],
        r##"local function meddle_in(co, level, n, value)
  if debug then P(pcall(debug.setlocal, co, level, n, value)) end
end
"##,
    ),
];

/// What a program in a string may use, which sees no locals.
const EXPORTS: &str = "_G.P, _G.H, _G.S, _G.C, _G.cut, _G.closer, _G.named, _G.fuel = P, H, S, C, cut, closer, named, 1000000\n";

/// A program's text with the helpers it uses.
pub fn with_helpers(text: &[u8]) -> Vec<u8> {
    let loads = mentions(text, "load");
    let mut used: Vec<&str> =
        HELPERS.iter().map(|h| h.0).filter(|n| loads || mentions(text, n)).collect();
    let mut i = 0;
    while i < used.len() {
        if let Some(helper) = HELPERS.iter().find(|h| h.0 == used[i]) {
            used.extend(helper.1);
        }
        i += 1;
    }
    let mut out: Vec<u8> =
        HELPERS.iter().filter(|h| used.contains(&h.0)).flat_map(|h| h.2.bytes()).collect();
    if loads {
        out.extend_from_slice(EXPORTS.as_bytes());
    }
    out.extend_from_slice(text);
    out
}

/// Whether a text has a word.
fn mentions(text: &[u8], word: &str) -> bool {
    let part_of_word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    text.windows(word.len()).enumerate().any(|(i, w)| {
        w == word.as_bytes()
            && !part_of_word(i.checked_sub(1).and_then(|i| text.get(i)))
            && !part_of_word(text.get(i + word.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_come_with_what_they_use() {
        let text = String::from_utf8(with_helpers(b"closer(1)")).unwrap();
        assert!(text.contains("function closer") && text.contains("function show"));
        assert!(!text.contains("function H") && !text.contains("fuel"));
        assert_eq!(with_helpers(b"Pint, xS(1)"), b"Pint, xS(1)");
    }
}
