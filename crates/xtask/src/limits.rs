//! Runs programs that want more than they get: how far limits are exceeded, and whether anything dies of it.
//!
//! **Problem.** A limit on memory is a promise about the process, whatever a program does to grow; and a program that the
//! system refuses memory must get an error, not abort. Neither shows in tests of what programs print.
//!
//! **Design.** The programs in `tests/limits` each grow something without end, until they fail with "not enough memory"
//! (a few don't grow at all, and say so themselves). Each is run three times: with a limit, where the peak of its resident
//! memory counts; with a limit of the system on the address space; and with a timeout, where it counts how long after it
//! the process ends. The peak is read from `/proc` every millisecond until the process ends, which is off by what a
//! process can touch in a millisecond.

use crate::cargo;
use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The arguments of the task, for its usage message.
pub(crate) const ARGUMENTS: &str = "[NAME...]";

/// Where the programs are.
const PROGRAMS: &str = "tests/limits";

/// The limit, in MiB.
const LIMIT: u64 = 50;

/// The peak that goes with it, in KiB: 1.3 times as much, and 10 MB.
const MOST_RESIDENT: u64 = LIMIT * 1024 * 13 / 10 + 10_000;

/// The address space that the system grants, in KiB.
const ADDRESS_SPACE: u64 = 500_000;

/// The timeout.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How long after it the process may end. The machine may have other things to do.
const MOST_OVERRUN: Duration = Duration::from_millis(150);

/// How long one process may take at all.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often the memory of a process is looked at.
const TICK: Duration = Duration::from_millis(1);

/// What a program without memory says.
const NO_MEMORY: &str = "not enough memory";

/// Runs the task.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), String> {
    let command = cargo::perilune()?;
    let programs = programs(arguments)?;
    println!("{:24} {:>12} {:>12} {:>12}", "", "limit", "system", "timeout");
    let mut failures = 0;
    for program in &programs {
        let name = program.file_stem().unwrap_or_default().to_string_lossy();
        let cells = [
            with_limit(&command, program)?,
            with_system_limit(&command, program)?,
            with_timeout(&command, program)?,
        ];
        let [limit, system, timeout] = cells.each_ref().map(|c| &c.text);
        println!("{name:24} {limit:>12} {system:>12} {timeout:>12}");
        for complaint in cells.iter().filter_map(|c| c.complaint.as_ref()) {
            println!("    {complaint}");
            failures += 1;
        }
    }
    match failures {
        0 => Ok(()),
        n => Err(format!("{n} of {} runs out of bounds", programs.len() * 3)),
    }
}

/// The programs, all or those with one of these names.
fn programs(names: &[OsString]) -> Result<Vec<PathBuf>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PROGRAMS);
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "lua"))
        .filter(|path| names.is_empty() || names.iter().any(|n| Some(&**n) == path.file_stem()))
        .collect();
    found.sort();
    Ok(found)
}

/// What is shown of a run, and what is wrong with it.
struct Cell {
    text: String,
    complaint: Option<String>,
}

/// How a process ended.
struct Outcome {
    /// `None` if it had to be killed.
    status: Option<ExitStatus>,
    errors: String,
    peak: u64,
    took: Duration,
}

impl Outcome {
    /// What is wrong with the end of a program that is to fail for want of memory.
    fn complaint(&self) -> Option<String> {
        match self.status {
            None => Some(format!("still running after {PATIENCE:?}")),
            Some(status) if status.code().is_none() => Some(format!("ended with {status}")),
            Some(_) if self.errors.contains(NO_MEMORY) => None,
            Some(_) => Some(format!("no word of memory: {}", self.errors.trim_end())),
        }
    }
}

fn with_limit(command: &Path, program: &Path) -> Result<Cell, String> {
    let mut c = Command::new(command);
    c.arg("--max-memory").arg(format!("{LIMIT}M")).arg(program);
    let outcome = watch(c)?;
    let too_much = outcome.peak > MOST_RESIDENT;
    let complaint = outcome.complaint().or_else(|| too_much.then(|| "too much resident".into()));
    Ok(Cell { text: mebibytes(outcome.peak), complaint })
}

fn with_system_limit(command: &Path, program: &Path) -> Result<Cell, String> {
    let mut c = Command::new("sh");
    c.arg("-c").arg(format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" \"$@\""));
    c.arg(command).arg(program);
    let outcome = watch(c)?;
    Ok(Cell { text: mebibytes(outcome.peak), complaint: outcome.complaint() })
}

fn with_timeout(command: &Path, program: &Path) -> Result<Cell, String> {
    let mut c = Command::new(command);
    // Within a second some of them would take all the memory there is.
    c.arg("--max-memory").arg("4G");
    c.arg("--timeout").arg(TIMEOUT.as_secs().to_string()).arg(program);
    let outcome = watch(c)?;
    let overrun = outcome.took.saturating_sub(TIMEOUT);
    let complaint = match outcome.status {
        None => Some(format!("still running after {PATIENCE:?}")),
        Some(status) if status.code().is_none() => Some(format!("ended with {status}")),
        Some(_) => (overrun > MOST_OVERRUN).then(|| "ended too late".into()),
    };
    let text =
        if outcome.took < TIMEOUT { "-".into() } else { format!("{} ms", overrun.as_millis()) };
    Ok(Cell { text, complaint })
}

fn mebibytes(kibibytes: u64) -> String {
    format!("{:.1} MiB", kibibytes as f64 / 1024.0)
}

/// Runs a process and looks at its memory.
fn watch(mut command: Command) -> Result<Outcome, String> {
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("can't start {command:?}: {e}"))?;
    let stderr = child.stderr.take();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        // What can't be read is missing from the message, and that is complained about.
        let _ = stderr.map(|mut s| s.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut peak = 0;
    let status = loop {
        peak = resident(&child).unwrap_or(peak);
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if began.elapsed() < PATIENCE => thread::sleep(TICK),
            Ok(None) | Err(_) => {
                // It has ended by itself, then.
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
        }
    };
    let took = began.elapsed();
    Ok(Outcome { status, errors: reader.join().unwrap_or_default(), peak, took })
}

/// The most memory that a process has had resident so far, in KiB.
fn resident(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
