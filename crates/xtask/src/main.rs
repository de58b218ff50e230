//! `cargo xtask`: chores of the project that take more than a `cargo` command.
//!
//! A task is a module with a `run` function that takes the arguments after the task's name; [`TASKS`] lists them all.
//! Few dependencies, so that the alias costs little to build. Tasks never write to the checkout, but for files that the
//! caller names.

#![forbid(unsafe_code)]

mod bench;
mod cargo;
mod fuzz;
mod limits;
mod mlua;
mod official;

use std::ffi::OsString;
use std::process::ExitCode;

/// Something to do.
struct Task {
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    run: fn(&[OsString]) -> Result<(), String>,
}

/// All the tasks.
const TASKS: &[Task] = &[
    Task {
        name: "official",
        arguments: official::ARGUMENTS,
        summary: "run the official test suite, from a folder that has it",
        run: official::run,
    },
    Task {
        name: "bench",
        arguments: bench::ARGUMENTS,
        summary: "measure programs side by side with other engines",
        run: bench::run,
    },
    Task {
        name: "fuzz",
        arguments: fuzz::ARGUMENTS,
        summary: "compare Perilune with the reference implementation by random programs",
        run: fuzz::run,
    },
    Task {
        name: "limits",
        arguments: limits::ARGUMENTS,
        summary: "run programs that want more memory and time than they get",
        run: limits::run,
    },
    Task {
        name: "mlua",
        arguments: mlua::ARGUMENTS,
        summary: "run the tests of mlua against the embedding API, from a folder that has them",
        run: mlua::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        eprint!("{}", usage());
        return ExitCode::FAILURE;
    };
    if name == "help" || name == "--help" {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let Some(task) = TASKS.iter().find(|task| name == task.name) else {
        eprint!("xtask: no task '{}'\n{}", name.display(), usage());
        return ExitCode::FAILURE;
    };
    match (task.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask {}: {message}", task.name);
            ExitCode::FAILURE
        }
    }
}

/// What can be asked for.
fn usage() -> String {
    let mut text = String::from("usage: cargo xtask TASK\n");
    for task in TASKS {
        text.push_str(&format!("  {} {}\n      {}\n", task.name, task.arguments, task.summary));
    }
    text
}
