//! The `perilune` command.
//!
//! It takes the options of the reference implementation's `lua`, in the same order of precedence, so that it can stand
//! in for it in scripts: all options are checked before any Lua code runs, then `LUA_INIT`, the `-e`, `-l` and `-W`
//! options in their order, the script, and the interactive mode. [`options`] parses and [`run`] runs; [`report`] shows
//! errors, [`repl`] is the interactive mode with [`editor`] to read lines and [`inspect`] to show values, both with
//! [`colour`] at a terminal; [`stop`] ends programs that should not go on, and [`observe`] shows what goes on inside.
//!
//! Like any filter, the process ends silently when the reader of its output goes away, by the signal for it.

#![forbid(unsafe_code)]

mod colour;
mod editor;
mod inspect;
mod observe;
mod options;
mod repl;
mod report;
mod run;
mod stop;

use options::{Command, Problem};
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

/// What messages begin with.
const PROGRAM: &str = "perilune";

fn main() -> ExitCode {
    sigpipe::reset();
    let argv: Vec<OsString> = std::env::args_os().collect();
    match options::parse(&argv) {
        Ok(Command::Help(topic)) => print(&format!("{}\n\n{}", run::VERSION, topic.text())),
        Ok(Command::Version) => print(&format!("{}\n", run::VERSION)),
        Ok(Command::Run(invocation)) => run::run(&argv, &invocation),
        Err(problem) => {
            complain(&problem);
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Reports wrong options. A message that can't be written has nowhere to be reported.
fn complain(problem: &Problem) {
    let mut text = format!("{PROGRAM}: ").into_bytes();
    text.extend_from_slice(&problem.message());
    text.push(b'\n');
    text.extend_from_slice(options::USAGE.as_bytes());
    let _ = std::io::stderr().write_all(&text);
}
