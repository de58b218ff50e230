//! Running a program in this process: by the reference implementation, or by Perilune in some configuration.
//!
//! Both get a fresh state, and the same few lines of Lua ([`DRIVER`]) that call the program, catch what it throws, and
//! put a function of Rust where it prints. What is returned is everything the program did that anyone can see.

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
    pub fn run(self, source: &[u8], name: &str) -> Vec<u8> {
        let text = match self {
            Engine::Reference => reference(source, name),
            Engine::Perilune(c) => perilune(source, name, c),
        };
        without_signs_of_nan(text)
    }
}

/// Called with a program and a function that takes a line.
const DRIVER: &str = r#"
local program, emit = ...
local pack, concat, tostring, type = table.pack, table.concat, tostring, type
function print(...)
  local t = pack(...)
  for i = 1, t.n do t[i] = tostring(t[i]) end
  emit(concat(t, "\t"))
end
debug, io, os, package, require, dofile, loadfile = nil
local ok, e = pcall(program)
if not ok then
  emit("error: " .. type(e) .. ": " .. ((type(e) == "string" or type(e) == "number") and e or ""))
end
"#;

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

fn reference(source: &[u8], name: &str) -> Vec<u8> {
    use mlua::{Function, Lua, LuaOptions, StdLib};
    let text = Text::default();
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
        let out = text.clone();
        let emit = lua.create_function(move |_, line: mlua::LuaString| {
            emit(&out, &line.as_bytes());
            Ok(())
        })?;
        lua.load(DRIVER).set_name("=driver").call((program, emit))
    };
    if let Err(e) = run() {
        emit(&text, format!("failure: {e}").as_bytes());
    }
    text.take()
}

fn perilune(source: &[u8], name: &str, configuration: &Configuration) -> Vec<u8> {
    use perilune::{Error, Lua, LuaString, Options};
    let text = Text::default();
    let run = || -> perilune::Result<()> {
        let mut options = Options::new().max_memory(Some(4 * MEMORY)).text_only(false);
        configuration
            .apply(&mut options)
            .map_err(|e| Error::runtime(format!("configuration: {e:?}")))?;
        // So that a run can be repeated.
        let options = if options.seed.is_none() { options.seed(Some(1)) } else { options };
        let lua = Lua::with_options(options);
        let program = match lua.load(source).set_name(name).into_function() {
            Ok(f) => f,
            Err(Error::SyntaxError(e)) => {
                emit(&text, &[b"syntax error: ", e.message_bytes()].concat());
                return Ok(());
            }
            Err(e) => return Err(e),
        };
        let out = text.clone();
        let emit = lua.create_function(move |_, line: LuaString| {
            emit(&out, line.as_bytes());
            Ok(())
        })?;
        lua.load(DRIVER).set_name("=driver").call((program, emit))
    };
    if let Err(e) = run() {
        emit(&text, format!("failure: {e}").as_bytes());
    }
    text.take()
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
            let run = |text: &str| String::from_utf8(engine.run(text.as_bytes(), "@x")).unwrap();
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
            assert_eq!(engine.run(text.as_bytes(), "@x"), b"1\ntrue\t2\n", "{}", engine.name());
        }
    }

    #[test]
    fn numbers_are_those_of_engines() {
        for engine in everyone() {
            assert_eq!(Engine::of_number(engine.number()), Some(engine));
        }
    }
}
