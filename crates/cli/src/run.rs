//! Running programs as the command line says.

use crate::PROGRAM;
use crate::observe;
use crate::options::{Invocation, Main, Step};
use crate::repl::Console;
use crate::report::Reporter;
use crate::stop::{Clock, Stopper};
use perilune::{Error, Function, Lua, LuaError, MultiValue, Result, Table, Value};
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
    let lua = Lua::with_options(invocation.settings);
    lua.extend_errors(true);
    lua.detail_errors(true);
    if let Err(message) = observe::begin(&lua, invocation) {
        let _ = writeln!(std::io::stderr(), "{PROGRAM}: {message}");
        return ExitCode::FAILURE;
    }
    let stopper = Stopper::new(&lua);
    // A program that is stopped while it ends by `os.exit` doesn't come back here.
    lua.observe_exit(|exit| {
        if let Some(e) = exit.interruption() {
            Reporter::new().report(e, false);
        }
    });
    let mut reporter = Reporter::new();
    let (result, clock) = Session::run(&lua, &mut reporter, argv, invocation, &stopper);
    if let Err(e) = &result {
        reporter.report(e, false);
    }
    observe::end(&lua, invocation);
    // Finalizers run now, and they may print.
    let was_stopped = result.as_ref().is_err_and(Error::is_interrupt);
    let closing = if was_stopped { stopper.clock_for_closing() } else { Ok(clock) };
    let closed = closing.and_then(|_clock| lua.close_to_exit());
    if let Err(e) = &closed
        && !was_stopped
    {
        reporter.report(e, false);
    }
    if result.is_ok() && closed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A state and the library functions the command itself uses, as they were before any program ran.
struct Session<'a> {
    lua: &'a Lua,
    reporter: &'a mut Reporter,
    load_file: Function,
    require: Function,
}

impl<'a> Session<'a> {
    fn new(lua: &'a Lua, reporter: &'a mut Reporter) -> Result<Session<'a>> {
        let globals = lua.globals();
        let (load_file, require) = (globals.get("loadfile")?, globals.get("require")?);
        Ok(Session { lua, reporter, load_file, require })
    }

    /// Runs everything. Gives what came of it, and the clock that is running, which the time for closing the state counts in.
    fn run(
        lua: &'a Lua,
        reporter: &'a mut Reporter,
        argv: &[OsString],
        invocation: &Invocation,
        stopper: &Stopper,
    ) -> (Result<()>, Clock) {
        let at_terminal = std::io::stdin().is_terminal();
        let idle = !invocation.show_version
            && matches!(invocation.main, Main::Absent)
            && !invocation.steps.iter().any(|s| matches!(s, Step::Execute(_)));
        let interactive = invocation.interactive || idle && at_terminal;
        let mut clock = Clock::default();
        let mut run = || {
            let mut session = Session::new(lua, reporter)?;
            let console = if interactive { Some(Console::new(lua)?) } else { None };
            clock = stopper.clock(invocation.timeout)?;
            session.set_arg(argv, &invocation.main)?;
            session.run_programs(argv, invocation, idle && !interactive)?;
            let Some(console) = console else { return Ok(()) };
            clock = Clock::default();
            if idle {
                perilune::flush_stdout();
                println!("{VERSION}");
            }
            console.run(session.reporter, stopper, invocation.timeout)?;
            clock = stopper.clock(invocation.timeout)?;
            Ok(())
        };
        let result = run();
        (result, clock)
    }

    /// Everything but the interactive mode. Standard input is a program if `from_stdin`.
    fn run_programs(
        &mut self,
        argv: &[OsString],
        invocation: &Invocation,
        from_stdin: bool,
    ) -> Result<()> {
        if !invocation.settings.ignore_environment {
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
        match &invocation.main {
            Main::Script { index, is_stdin } => {
                let name = argv.get(*index).filter(|_| !is_stdin);
                self.load(name.map(OsString::as_os_str))?.call(self.script_arguments()?)
            }
            Main::Absent if from_stdin => self.load(None)?.call(()),
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
        (1..=arg.len()?).map(|i| arg.raw_get::<Value>(i)).collect()
    }

    /// Runs what the environment says to run first.
    fn run_init(&mut self) -> Result<()> {
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

    fn run_text(&mut self, source: &[u8], name: &str) -> Result<()> {
        self.reporter.note(name.as_bytes(), source);
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
                let message = message.map_or(b"can't load".to_vec(), |m| m.as_bytes().to_vec());
                Err(Error::LuaError(Box::new(LuaError::new(message))))
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
