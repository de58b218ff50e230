//! Running programs as the command line says.

use crate::PROGRAM;
use crate::options::{Invocation, Main, Step};
use perilune::{Error, Function, Lua, MultiValue, Options, Result, Table, Value};
use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// What `-v` shows.
pub(crate) const VERSION: &str = concat!("Perilune ", env!("CARGO_PKG_VERSION"), " (Lua 5.5)");

/// Does everything the command line asks for.
pub(crate) fn run(argv: &[OsString], invocation: &Invocation) -> ExitCode {
    if invocation.show_version {
        // If this can't be written, neither can anything else.
        let _ = writeln!(std::io::stdout(), "{VERSION}");
    }
    let options = Options::new().ignore_environment(invocation.ignore_environment);
    let lua = Lua::with_options(options);
    let result = Session::new(&lua).and_then(|s| s.run(argv, invocation));
    if let Err(e) = &result {
        report(e);
    }
    // Finalizers run now, and they may print.
    drop(lua);
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes an error to standard error. If that fails, there is nowhere to report it.
fn report(e: &Error) {
    let mut text = format!("{PROGRAM}: ").into_bytes();
    match e {
        Error::RuntimeError(e) => {
            text.extend_from_slice(e.message_bytes());
            if let Some(traceback) = e.traceback_bytes() {
                text.push(b'\n');
                text.extend_from_slice(traceback);
            }
        }
        Error::SyntaxError(e) => text.extend_from_slice(e.message_bytes()),
        other => text.extend_from_slice(other.to_string().as_bytes()),
    }
    text.push(b'\n');
    let _ = std::io::stderr().write_all(&text);
}

/// A state and the library functions the command itself uses, as they were before any program ran.
struct Session<'a> {
    lua: &'a Lua,
    load_file: Function,
    require: Function,
}

impl<'a> Session<'a> {
    fn new(lua: &'a Lua) -> Result<Session<'a>> {
        let globals = lua.globals();
        Ok(Session { lua, load_file: globals.get("loadfile")?, require: globals.get("require")? })
    }

    fn run(&self, argv: &[OsString], invocation: &Invocation) -> Result<()> {
        self.set_arg(argv, &invocation.main)?;
        if !invocation.ignore_environment {
            self.run_init()?;
        }
        for step in &invocation.steps {
            match step {
                Step::Execute(statement) => {
                    self.run_text(statement, "=(command line)")?;
                }
                Step::Require(name) => self.require_global(name)?,
                Step::WarningsOn => self.lua.set_warnings(true),
            }
        }
        let idle = !invocation.show_version
            && !invocation.steps.iter().any(|s| matches!(s, Step::Execute(_)));
        match &invocation.main {
            Main::Script { index, is_stdin } => {
                let name = argv.get(*index).filter(|_| !is_stdin);
                self.load(name.map(OsString::as_os_str))?.call(self.script_arguments()?)
            }
            Main::Absent if idle => {
                if std::io::stdin().is_terminal() {
                    // There is no telling from the terminal that the command waits for a program.
                    let _ = writeln!(
                        std::io::stderr(),
                        "{VERSION}: reading a program from the terminal"
                    );
                }
                self.load(None)?.call(())
            }
            Main::Absent => Ok(()),
        }
    }

    /// Sets the global `arg`: the script's name at 0, its arguments behind, and what comes before it at negative
    /// indexes.
    fn set_arg(&self, argv: &[OsString], main: &Main) -> Result<()> {
        let script = match main {
            Main::Script { index, .. } => *index,
            Main::Absent => 0,
        };
        let arg = self.lua.create_table_with_capacity(argv.len().saturating_sub(script), 0)?;
        for (i, word) in argv.iter().enumerate() {
            let text = self.lua.create_string(word.as_encoded_bytes())?;
            arg.raw_set(i as i64 - script as i64, text)?;
        }
        self.lua.globals().set("arg", arg)
    }

    /// What the table `arg` has now, from 1.
    fn script_arguments(&self) -> Result<MultiValue> {
        let arg: Value = self.lua.globals().get("arg")?;
        let Value::Table(arg) = arg else {
            return Err(Error::runtime("'arg' is not a table"));
        };
        (1..=arg.len()?).map(|i| arg.raw_get(i)).collect()
    }

    /// Runs what the environment says to run first.
    fn run_init(&self) -> Result<()> {
        for name in ["LUA_INIT_5_5", "LUA_INIT"] {
            if let Some(init) = std::env::var_os(name) {
                return match init.as_encoded_bytes().split_first() {
                    Some((b'@', file)) => self.load_named(file)?.call(()),
                    _ => self.run_text(init.as_encoded_bytes(), &format!("={name}")),
                };
            }
        }
        Ok(())
    }

    fn run_text(&self, source: &[u8], name: &str) -> Result<()> {
        self.lua.load(source).set_name(name).exec()
    }

    /// Loads a file, or standard input.
    fn load(&self, name: Option<&OsStr>) -> Result<Function> {
        match name {
            Some(name) => self.load_named(name.as_encoded_bytes()),
            None => self.load_value(Value::Nil),
        }
    }

    fn load_named(&self, name: &[u8]) -> Result<Function> {
        self.load_value(Value::String(self.lua.create_string(name)?))
    }

    fn load_value(&self, name: Value) -> Result<Function> {
        match self.load_file.call(name)? {
            (Some(f), _) => Ok(f),
            (None, message) => {
                let message: Option<perilune::LuaString> = message;
                Err(Error::runtime(message.as_ref().map_or(&b"can't load"[..], |m| m.as_bytes())))
            }
        }
    }

    /// `-l`: `name` or `global=name`. A suffix behind `-` isn't part of the global's name.
    fn require_global(&self, word: &[u8]) -> Result<()> {
        let (global, module) = match word.iter().position(|b| *b == b'=') {
            Some(at) => (&word[..at], &word[at + 1..]),
            None => (word.split(|b| *b == b'-').next().unwrap_or(word), word),
        };
        let module = self.lua.create_string(module)?;
        let loaded: Value = self.require.call(module)?;
        let globals: Table = self.lua.globals();
        globals.set(self.lua.create_string(global)?, loaded)
    }
}
