//! `cargo xtask fuzz`: builds the fuzzer with all assertions and runs it. See `docs/testing.md`.
//!
//! The fuzzer is a program of its own, `perilune-fuzz`, because it contains the reference implementation, which nothing
//! else should have to build.

use crate::cargo;
use std::ffi::OsString;

pub(crate) const ARGUMENTS: &str = "[--hostile] [OPTION…] (--help shows the options)";

/// Builds the fuzzer and hands it the arguments.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), String> {
    let (hostile, rest): (Vec<&OsString>, Vec<&OsString>) =
        arguments.iter().partition(|a| *a == "--hostile");
    let mut command = cargo::command();
    command.args(["run", "--quiet", "--profile", "fuzz", "--package", "perilune-fuzz"]);
    if !hostile.is_empty() {
        command.args(["--features", "hostile"]);
    }
    let status = command.arg("--").args(rest).status().map_err(|e| format!("cargo: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("the fuzzer ended with {status}")) }
}
