//! The interactive mode: reads a line, runs it, shows what comes of it, and so on.
//!
//! A line is an expression list whose values are shown, or else a statement. If it is the beginning of a statement,
//! more lines are asked for. Prompts are the globals `_PROMPT` and `_PROMPT2`, as in the reference implementation.
//!
//! At a terminal, [`Editor`] reads the lines. Otherwise they come through Lua's own standard input, whose buffer they
//! share with `io.read`, and prompts and results go to Lua's standard output; so the mode can be scripted.
//!
//! Values are shown by [`Inspector`], unless the program has put a `print` of its own in place of the library's.

use crate::colour::has_colour;
use crate::editor::{Editor, Line};
use crate::inspect::Inspector;
use crate::report::Reporter;
use crate::stop::Stopper;
use perilune::{Error, Function, Lua, LuaString, MultiValue, Result, Value};
use std::io::IsTerminal;
use std::time::Duration;

/// The name of what is typed.
const CHUNK: &str = "=stdin";

/// Makes the functions by which the mode reads and writes, as they are before a program can change them.
const CONNECT: &str = "
local input, output = io.stdin, io.stdout
local read, write, flush = input.read, output.write, output.flush
local function show(text) write(output, text) flush(output) end
local function ask(prompt) show(prompt) return read(input, 'l') end
return show, ask, tostring, print";

/// The interactive mode's connections to its state.
pub(crate) struct Console {
    lua: Lua,
    show: Function,
    ask: Function,
    inspector: Inspector,
    print: Function,
}

/// What a line turned out to be.
enum Input {
    /// Something to run.
    Code(Function),
    /// Not Lua.
    Wrong(Error),
    /// Forgotten by the person at the terminal.
    Cancelled,
}

impl Console {
    /// To be made before any program runs.
    pub(crate) fn new(lua: &Lua) -> Result<Console> {
        let (show, ask, tostring, print) = lua.load(CONNECT).set_name("=console").call(())?;
        let colour = has_colour(&std::io::stdout());
        let inspector = Inspector { tostring, colour };
        Ok(Console { lua: lua.clone(), show, ask, inspector, print })
    }

    /// Reads and runs lines until there are no more. Each may take `timeout`.
    pub(crate) fn run(
        &self,
        reporter: &mut Reporter,
        stopper: &Stopper,
        timeout: Option<Duration>,
    ) -> Result<()> {
        let at_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let mut editor =
            if at_terminal { Editor::new(&self.lua, self.inspector.colour) } else { None };
        if editor.is_some() {
            self.show.call::<()>("Tab completes names; Ctrl-C stops a program; Ctrl-D ends.\n")?;
        }
        loop {
            let first = match self.line(editor.as_mut(), "_PROMPT", "> ")? {
                Line::Text(line) => line,
                Line::Cancelled => continue,
                Line::End => break,
            };
            let mut text = first;
            let input = self.complete_input(editor.as_mut(), &mut text)?;
            if let Some(editor) = &mut editor
                && let Ok(text) = std::str::from_utf8(&text)
                && !text.trim().is_empty()
            {
                editor.remember(text);
            }
            reporter.note(CHUNK.as_bytes(), &text);
            let outcome = match input {
                Input::Code(f) => {
                    let _clock = stopper.clock(timeout)?;
                    f.call(()).and_then(|values: MultiValue| self.show_values(values))
                }
                Input::Wrong(e) => Err(e),
                Input::Cancelled => Ok(()),
            };
            if let Err(e) = outcome {
                reporter.report(&e, true);
            }
        }
        self.show.call("\n")
    }

    fn line(&self, editor: Option<&mut Editor>, name: &str, default: &str) -> Result<Line> {
        let prompt = match self.lua.globals().raw_get(name)? {
            Value::Nil => default.to_owned(),
            own => {
                let text: Result<LuaString> = self.inspector.tostring.call(own);
                text.map_or(default.to_owned(), |t| t.to_string_lossy())
            }
        };
        if let Some(editor) = editor {
            perilune::flush_stdout();
            return Ok(editor.line(&prompt));
        }
        let line: Option<LuaString> = self.ask.call(prompt)?;
        Ok(line.map_or(Line::End, |l| Line::Text(l.as_bytes().to_vec())))
    }

    /// Compiles what was typed, asking for more as long as something is missing.
    fn complete_input(&self, mut editor: Option<&mut Editor>, text: &mut Vec<u8>) -> Result<Input> {
        let as_expression = [b"return ", &text[..], b";"].concat();
        if let Ok(f) = self.compile(&as_expression) {
            return Ok(Input::Code(f));
        }
        let begins_with_local = text.trim_ascii_start().strip_prefix(b"local");
        if begins_with_local.is_some_and(|rest| rest.starts_with(b" ") || rest.starts_with(b"\t")) {
            eprintln!("note: a local variable is gone after its line; without 'local' it stays");
        }
        loop {
            let error = match self.compile(text) {
                Ok(f) => return Ok(Input::Code(f)),
                Err(e) => e,
            };
            if !matches!(&error, Error::LuaError(e) if e.is_incomplete()) {
                return Ok(Input::Wrong(error));
            }
            match self.line(editor.as_deref_mut(), "_PROMPT2", ">> ")? {
                Line::Text(more) => {
                    text.push(b'\n');
                    text.extend_from_slice(&more);
                }
                Line::Cancelled => return Ok(Input::Cancelled),
                Line::End => return Ok(Input::Wrong(error)),
            }
        }
    }

    fn compile(&self, text: &[u8]) -> Result<Function> {
        self.lua.load(text).set_name(CHUNK).into_function()
    }

    fn show_values(&self, values: MultiValue) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        match self.lua.globals().raw_get("print")? {
            Value::Function(own) if own != self.print => own.call(values),
            _ => {
                let texts: Vec<Vec<u8>> =
                    values.iter().map(|v| self.inspector.show(v)).collect::<Result<_>>()?;
                let mut line = texts.join(&b'\t');
                line.push(b'\n');
                self.show.call(self.lua.create_string(line)?)
            }
        }
    }
}
