//! Running a program in this process: by the reference implementation, or by Perilune in some configuration.
//!
//! Both get a fresh state, and the same few lines of Lua ([`DRIVER`]) that call the program, catch what it throws, and
//! put a function of Rust where it prints. What is returned is everything the program did that anyone can see, while the
//! state is closed included.
//!
//! [`Conditions`] make Perilune's life harder: a kill, too little memory, or requests for memory that are refused. Then what a
//! program does is of no interest, but for what it did before it was told that there is no memory; but
//! the heap must be in order and the state be good for other programs afterwards ([`AFTER`]), and be closed.

use perilune::settings::{CONFIGURATIONS, Configuration};
use std::cell::RefCell;
use std::rc::Rc;

/// Who runs a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Engine {
    /// PUC Lua.
    Reference,
    /// Perilune.
    Perilune(&'static Configuration),
}

impl Engine {
    /// An engine by the number that [`Engine::number`] gives.
    pub fn of_number(n: u8) -> Option<Engine> {
        match usize::from(n) {
            0 => Some(Engine::Reference),
            n => CONFIGURATIONS.get(n - 1).map(Engine::Perilune),
        }
    }

    /// A number for messages to workers.
    pub fn number(self) -> u8 {
        match self {
            Engine::Reference => 0,
            Engine::Perilune(c) => {
                let index = CONFIGURATIONS.iter().position(|other| other == c);
                u8::try_from(index.map_or(0, |i| i + 1)).unwrap_or(0)
            }
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Reference => "reference",
            Engine::Perilune(c) => c.name,
        }
    }

    /// Runs a program and returns what it printed and threw.
    ///
    /// # Panics
    /// If the state is no good afterwards.
    pub fn run(self, source: &[u8], name: &str, conditions: &Conditions) -> Vec<u8> {
        let text = match self {
            Engine::Reference => reference(source, name, conditions),
            Engine::Perilune(c) => perilune(source, name, c, conditions),
        };
        without_signs_of_nan(text)
    }
}

/// What else there is to the run of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Whether it has the debug library.
    pub debug: bool,
    /// Whether what it prints while the state is closed counts.
    pub closes: bool,
    /// Perilune: the safepoint at which it is killed.
    pub kill_after: Option<u64>,
    /// Perilune: how much memory there is.
    pub memory: Option<u64>,
    /// Perilune: which requests for memory are refused. What is printed from the first error for want of memory on is left
    /// out, and [`TOLD`] is there in its place.
    pub refusals: Option<Refusals>,
}

/// Requests for memory that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// One in so many is.
    pub one_in: u64,
    /// Which are.
    pub seed: u64,
}

/// The line that stands for what a program did once it had been told that there is no memory.
pub const TOLD: &[u8] = b"(told that there is no memory)";

impl Conditions {
    /// Their length as bytes.
    pub const BYTES: usize = 33;

    /// As bytes, for messages to workers.
    pub fn to_bytes(self) -> [u8; Conditions::BYTES] {
        let mut bytes = [0; Conditions::BYTES];
        let (kill, memory, refusals) = (self.kill_after, self.memory, self.refusals);
        let present =
            [self.debug, kill.is_some(), memory.is_some(), self.closes, refusals.is_some()];
        bytes[0] = present.iter().rev().fold(0, |bits, p| bits << 1 | u8::from(*p));
        let (one_in, seed) = refusals.map_or((0, 0), |r| (r.one_in, r.seed));
        let numbers = [kill.unwrap_or(0), memory.unwrap_or(0), one_in, seed];
        for (place, number) in bytes[1..].chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// The conditions that are these bytes.
    pub fn of_bytes(bytes: [u8; Conditions::BYTES]) -> Conditions {
        let number = |at: usize| bytes[at..].first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
        let given = |bit: u8, at| (bytes[0] & bit != 0).then(|| number(at));
        Conditions {
            debug: bytes[0] & 1 != 0,
            closes: bytes[0] & 8 != 0,
            kill_after: given(2, 1),
            memory: given(4, 9),
            refusals: given(16, 17).map(|one_in| Refusals { one_in, seed: number(25) }),
        }
    }

    /// Whether programs do under them what they do without.
    pub fn are_harmless(&self) -> bool {
        self.kill_after.is_none() && self.memory.is_none() && self.refusals.is_none()
    }
}

/// Called with a program, a function that takes a line, and whether the program has the debug library.
const DRIVER: &str = r#"
local program, emit, debugs = ...
local pack, concat, tostring, type = table.pack, table.concat, tostring, type
function print(...)
  local t = pack(...)
  for i = 1, t.n do t[i] = tostring(t[i]) end
  emit(concat(t, "\t"))
end
if not debugs then debug = nil end
io, os, package, require, dofile, loadfile = nil
local ok, e = pcall(program)
if not ok then
  emit("error: " .. type(e) .. ": " .. ((type(e) == "string" or type(e) == "number") and e or ""))
end
"#;

/// Makes a function to be called when a program has come to a bad end: it uses what that may have left behind. It has what it
/// needs from the start, as programs change everything.
const AFTER: &str = r##"
local globals, collectgarbage, next, type, tostring, pcall, error = _G, collectgarbage, next, type, tostring, pcall, error
local load, select, rawlen, setmetatable, concat, sort = load, select, rawlen, setmetatable, table.concat, table.sort
local rep, gsub, find, format = string.rep, string.gsub, string.find, string.format
local coroutine = {status = coroutine.status, wrap = coroutine.wrap, yield = coroutine.yield}
return function()
  collectgarbage()
  -- Where each opportunity to collect is taken, this would take long.
  collectgarbage("stop")
  local seen, todo, n = {}, {globals}, 1
  while n > 0 and n < 10000 do
    local t = todo[n]
    n = n - 1
    for k, v in next, t do
      if type(v) == "table" and not seen[v] then seen[v] = true n = n + 1 todo[n] = v end
      if type(v) == "thread" then coroutine.status(v) end
    end
  end
  local list = {}
  for i = 1, 300 do list[i] = {i, tostring(i)} end
  local f = coroutine.wrap(function(...) for i = 1, 10 do coroutine.yield(i, ...) end error({}) end)
  for i = 1, 11 do pcall(f, i) end
  local numbers, words, sum = {}, {}, 0
  for i = 1, 4500 do numbers[i] = i * 7919 % 4507 if i < 1500 then words["w" .. i] = i end end
  sort(numbers)
  for k, v in next, words do sum = sum + v words[k] = nil end
  local text = gsub(concat(numbers, " ", 1, 1000), "%d+", function(n) return #n end)
  local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
  local function unpacked(t, n) if n == 0 then return end return t[n], unpacked(t, n - 1) end
  local object = setmetatable({}, {__index = function(_, k) return k .. "!" end, __len = function() return 7 end})
  local made = load("local a <close>, t = ... return function(n) t[#t + 1] = n return #t end", "=made", "t", {})
  local add = made(nil, {1, 2, 3})
  local ok, message = pcall(load("local x = nil; return x.y", "=bad", "t", {}))
  collectgarbage("restart")
  collectgarbage()
  return format("%d %d %d %d %s %d %d %d %d %s %d %d %d %s %s", #list, numbers[1], numbers[4500], sum, next(words), #text,
    select(2, find(text, "3 4", 1, true)), deep(100), select("#", unpacked(numbers, 50)), object.x, #object,
    rawlen(object), add(4), message, #rep("ab", 100000, ","))
end
"##;

/// What that function returns.
const AFTERMATH: &str = "300 1 4506 1124250 nil 1999 1997 100 50 x! 7 0 4 bad:1: attempt to index a nil value (local 'x') 299999";

/// No program that is worth running prints more.
const LONGEST_OUTPUT: usize = 4 << 20;

/// What a program may use. Those that want more are no use, since what happens then isn't the same everywhere.
const MEMORY: usize = 128 << 20;

type Text = Rc<RefCell<Vec<u8>>>;

fn emit(text: &Text, line: &[u8]) {
    let mut text = text.borrow_mut();
    if text.len() < LONGEST_OUTPUT {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
}

fn reference(source: &[u8], name: &str, conditions: &Conditions) -> Vec<u8> {
    use mlua::{Function, Lua, LuaOptions, StdLib};
    let text = Text::default();
    // While its state is closed, `mlua` calls no functions of Rust.
    let name_of_file =
        || std::env::temp_dir().join(format!("perilune-fuzz-{}", std::process::id()));
    let file = conditions.closes.then(name_of_file);
    let run = || -> mlua::Result<()> {
        // `mlua` replaces `pcall`, so that coroutines can't yield through it, if told not to catch panics.
        let options = LuaOptions::new().catch_rust_panics(true);
        let lua = Lua::new_with(StdLib::ALL_SAFE, options)?;
        lua.set_memory_limit(MEMORY)?;
        let program: Function = match lua.load(source).set_name(name).into_function() {
            Ok(f) => f,
            Err(mlua::Error::SyntaxError { message, .. }) => {
                emit(&text, &[b"syntax error: ", message.as_bytes()].concat());
                return Ok(());
            }
            Err(e) => return Err(e),
        };
        if let Some(file) = &file {
            let emit: Function = lua.load(INTO_FILE).call(file.to_string_lossy())?;
            return lua.load(DRIVER).set_name("=driver").call((program, emit, conditions.debug));
        }
        let out = text.clone();
        let emit = lua.create_function(move |_, line: mlua::LuaString| {
            emit(&out, &line.as_bytes());
            Ok(())
        })?;
        lua.load(DRIVER).set_name("=driver").call((program, emit, conditions.debug))
    };
    let result = run();
    if let Some(file) = &file {
        text.borrow_mut().extend(std::fs::read(file).unwrap_or_default());
        // It isn't there if the program doesn't compile.
        drop(std::fs::remove_file(file));
    }
    if let Err(e) = result {
        emit(&text, format!("failure: {e}").as_bytes());
    }
    text.take()
}

/// Makes a function that takes a line, for the file with this name. The file is what is finalized last.
const INTO_FILE: &str = r#"
local file = io.open(..., "wb")
return function(line) file:write(line, "\n") end
"#;

fn perilune(
    source: &[u8],
    name: &str,
    configuration: &Configuration,
    conditions: &Conditions,
) -> Vec<u8> {
    use perilune::{Error, Lua, LuaString, Options};
    let text = Text::default();
    let run = || -> perilune::Result<()> {
        let memory = conditions.memory.map_or(4 * MEMORY, |n| n as usize);
        let mut options = Options::new()
            .max_memory(Some(memory))
            .kill_after(conditions.kill_after)
            .text_only(false);
        configuration
            .apply(&mut options)
            .map_err(|e| Error::runtime(format!("configuration: {e:?}")))?;
        // So that a run can be repeated.
        let options = if options.seed.is_none() { options.seed(Some(1)) } else { options };
        let lua = Lua::with_options(options);
        lua.detail_errors(true);
        let program = match lua.load(source).set_name(name).into_function() {
            Ok(f) => f,
            Err(Error::LuaError(e)) if e.is_syntax() => {
                emit(&text, &[b"syntax error: ", e.message_bytes()].concat());
                return Ok(());
            }
            Err(e) => return Err(e),
        };
        let (out, refuses) = (text.clone(), conditions.refusals.is_some());
        let told = |lua: &Lua| lua.counters().memory_errors > 0;
        let emit_line = lua.create_function(move |lua, line: LuaString| {
            if !refuses || !told(lua) {
                emit(&out, &line.as_bytes());
            }
            Ok(())
        })?;
        let after = if conditions.are_harmless() { None } else { Some(after(&lua)?) };
        let driver = lua.load(DRIVER).set_name("=driver").into_function()?;
        if let Some(Refusals { one_in, seed }) = conditions.refusals {
            lua.refuse_memory(Some(one_in), seed);
        }
        let result = driver.call((program, emit_line, conditions.debug));
        let was_told = refuses && told(&lua);
        if was_told {
            emit(&text, TOLD);
        }
        if let Some(after) = after {
            use_again(&lua, &after, conditions);
        }
        if was_told { Ok(()) } else { result }
    };
    if let Err(e) = run() {
        emit(&text, format!("failure: {e}").as_bytes());
    }
    text.take()
}

/// What [`AFTER`] makes. The program's conditions aren't there for it.
fn after(lua: &perilune::Lua) -> perilune::Result<perilune::Function> {
    lua.load(AFTER).set_name("=after").call(())
}

/// Uses a state in which a program has come to a bad end.
fn use_again(lua: &perilune::Lua, after: &perilune::Function, conditions: &Conditions) {
    // A limit can always be taken away.
    let _ = lua.set_memory_limit(0);
    lua.refuse_memory(None, 0);
    lua.verify_heap();
    // A kill may still be to come, and so may an error for want of memory that has been promised.
    let outcome = after.call::<String>(()).or_else(|_| after.call::<String>(()));
    // A hook that nobody can take away may fail whatever is called.
    let is_good = matches!(&outcome, Ok(text) if text == AFTERMATH) || conditions.debug;
    assert!(is_good, "the state is no good afterwards: {outcome:?}");
    lua.verify_heap();
}

/// The sign of "not a number" depends on how a compiler ordered operands, so nobody may look at it.
fn without_signs_of_nan(text: Vec<u8>) -> Vec<u8> {
    const SIGNED: &[u8] = b"-nan";
    if !text.windows(SIGNED.len()).any(|w| w == SIGNED) {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some((first, tail)) = rest.split_first() {
        if !rest.starts_with(SIGNED) {
            out.push(*first);
        }
        rest = tail;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everyone() -> impl Iterator<Item = Engine> {
        std::iter::once(Engine::Reference).chain(CONFIGURATIONS.iter().map(Engine::Perilune))
    }

    #[test]
    fn engines_agree_on_the_simple_things() {
        for engine in everyone() {
            let run = |text: &str| {
                String::from_utf8(engine.run(text.as_bytes(), "@x", &Conditions::default()))
                    .unwrap()
            };
            assert_eq!(run("print(1, nil, 'a')"), "1\tnil\ta\n", "{}", engine.name());
            assert_eq!(run("print(0/0) error 'no'"), "nan\nerror: string: x:1: no\n");
            assert_eq!(run("error {}"), "error: table: \n");
            assert_eq!(run("x ="), "syntax error: x:1: unexpected symbol near <eof>\n");
        }
    }

    #[test]
    fn coroutines_yield_through_pcall_everywhere() {
        let text = "local f = coroutine.wrap(function() print(pcall(coroutine.yield, 1)) end) print(f()) f(2)";
        for engine in everyone() {
            assert_eq!(
                engine.run(text.as_bytes(), "@x", &Conditions::default()),
                b"1\ntrue\t2\n",
                "{}",
                engine.name()
            );
        }
    }

    #[test]
    fn what_is_printed_at_the_end_counts() {
        let text = b"kept = setmetatable({}, { __gc = function() print 'closed' end }) print 'end'";
        let conditions = Conditions { closes: true, ..Conditions::default() };
        for engine in everyone() {
            assert_eq!(engine.run(text, "@x", &conditions), b"end\nclosed\n", "{}", engine.name());
        }
    }

    #[test]
    fn conditions_are_those_of_their_bytes() {
        let all = Conditions {
            debug: true,
            closes: true,
            kill_after: Some(7),
            memory: Some(1 << 40),
            refusals: Some(Refusals { one_in: 3, seed: !0 }),
        };
        let without = Conditions { kill_after: None, refusals: None, ..all };
        for c in [Conditions::default(), all, without] {
            assert_eq!(Conditions::of_bytes(c.to_bytes()), c);
        }
    }

    #[test]
    fn numbers_are_those_of_engines() {
        for engine in everyone() {
            assert_eq!(Engine::of_number(engine.number()), Some(engine));
        }
    }
}
