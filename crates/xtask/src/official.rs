//! Runs the official test suite against the release build of the command.
//!
//! **Problem.** The suite isn't part of the repository; its files write next to themselves; and all one sees of a
//! failure is where the whole run stopped.
//!
//! **Design.** The caller names the folder, which is copied to a temporary one and run there. `all.lua` is run as it
//! is, and announces most of its files as it goes along: its output is read while it runs, and a file lasts from its
//! own announcement to the next one. Files it runs unannounced count as part of the one before them. With `--each`,
//! every file is also run by itself, which goes on after a failure and tells the files apart for certain.
//!
//! The suite learns by the global `_port` that it isn't run by the reference implementation. The standard output is
//! buffered by lines, for else announcements would come in bunches.

use crate::cargo;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The arguments of the task, for its usage message.
pub(crate) const ARGUMENTS: &str = "--suite DIR [--each]";

/// The file that runs all others.
const WHOLE: &str = "all.lua";

/// What isn't run by itself: the whole, a file that yields to it, and one that fills all memory there is.
const NOT_SINGLE: [&str; 3] = [WHOLE, "big.lua", "heavy.lua"];

/// Run before a file.
const PREPARATION: &str = "_port=true; io.stdout:setvbuf('line')";

/// What the suite prints when it has come to its end.
const END: &str = "final OK";

/// How long one process may take, with a margin for slow machines.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// How many lines of a failure's message are shown: the assertion and a good part of its traceback.
const MESSAGE_LINES: usize = 12;

/// Runs the task.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    if !options.suite.join(WHOLE).is_file() {
        return Err(format!("there is no {WHOLE} in {}", options.suite.display()));
    }
    let command = cargo::perilune()?;
    let folder = TemporaryFolder::new()?;
    copy(&options.suite, &folder.0)
        .map_err(|e| format!("can't copy {}: {e}", options.suite.display()))?;
    let mut failures = whole(&command, &folder.0)?;
    if options.each {
        println!("\neach file by itself:");
        failures += each(&command, &folder.0)?;
    }
    match failures {
        0 => Ok(()),
        1 => Err("1 failure".to_owned()),
        n => Err(format!("{n} failures")),
    }
}

/// What the caller asked for.
struct Options {
    suite: PathBuf,
    each: bool,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Result<Options, String> {
        let mut suite = None;
        let mut each = false;
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "--suite" {
                suite = rest.next().map(PathBuf::from);
            } else if argument == "--each" {
                each = true;
            } else {
                return Err(format!("unknown argument '{}'", argument.display()));
            }
        }
        match suite {
            Some(suite) => Ok(Options { suite, each }),
            None => Err(format!("usage: cargo xtask official {ARGUMENTS}")),
        }
    }
}

/// A folder that goes away with the value.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> Result<TemporaryFolder, String> {
        let path = std::env::temp_dir().join(format!("perilune-official-{}", std::process::id()));
        fs::create_dir(&path).map_err(|e| format!("can't make {}: {e}", path.display()))?;
        Ok(TemporaryFolder(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(e) = fs::remove_dir_all(&self.0) {
            eprintln!("can't remove {}: {e}", self.0.display());
        }
    }
}

/// Copies what is in a folder, and in the folders in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Runs `all.lua` and reports on the files it announces. Returns the number of failures, which is 0 or 1.
fn whole(command: &Path, folder: &Path) -> Result<usize, String> {
    let start = Instant::now();
    let mut process = Process::start(command, folder, OsStr::new(WHOLE))?;
    let mut current: Option<(String, Instant)> = None;
    let mut ended = false;
    while let Some(line) = process.line() {
        if let Some(next) = announced(&line)
            && let Some((file, since)) = current.replace((next.to_owned(), Instant::now()))
        {
            report(&file, true, since.elapsed());
        }
        ended |= line.starts_with(END);
    }
    let outcome = process.finish()?;
    let passed = outcome.passed && ended;
    if let Some((file, since)) = current {
        report(&file, passed, since.elapsed());
    }
    report(WHOLE, passed, start.elapsed());
    if !passed {
        let silent = outcome.passed && !ended;
        let message = if silent { "it ended too early" } else { outcome.message.as_str() };
        println!("{message}");
    }
    Ok(usize::from(!passed))
}

/// The file a line of output announces, if it does.
fn announced(line: &str) -> Option<&str> {
    line.strip_prefix("***** FILE '")?.strip_suffix("'*****")
}

/// Runs every file by itself. Returns the number of failures.
fn each(command: &Path, folder: &Path) -> Result<usize, String> {
    let mut failures = 0;
    for file in single_files(folder).map_err(|e| format!("can't list the suite: {e}"))? {
        let start = Instant::now();
        let mut process = Process::start(command, folder, &file)?;
        while process.line().is_some() {}
        let outcome = process.finish()?;
        report(&file.to_string_lossy(), outcome.passed, start.elapsed());
        if !outcome.passed {
            println!("{}", outcome.message);
            failures += 1;
        }
    }
    Ok(failures)
}

/// The files that can be run by themselves, in the order of their names.
fn single_files(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let is_lua = Path::new(&name).extension() == Some(OsStr::new("lua"));
        if is_lua && NOT_SINGLE.iter().all(|&other| name != other) {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

fn report(file: &str, passed: bool, time: Duration) {
    let verdict = if passed { "ok" } else { "FAILED" };
    println!("{file:<16} {verdict:<6} {:>8.3} s", time.as_secs_f64());
}

/// How a process ended.
struct Outcome {
    passed: bool,
    /// What to show if it didn't pass.
    message: String,
}

/// A running command.
///
/// Both its outputs are read by threads: it never waits for a reader, and the time limit holds when it is silent.
struct Process {
    child: Child,
    output: Receiver<String>,
    errors: thread::JoinHandle<Vec<u8>>,
    start: Instant,
    too_slow: bool,
}

impl Process {
    fn start(command: &Path, folder: &Path, file: &OsStr) -> Result<Process, String> {
        let mut child = Command::new(command)
            .args(["-e", PREPARATION])
            .arg(file)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("can't run {}: {e}", command.display()))?;
        let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err("the command has no output".to_owned());
        };
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n') {
                let Ok(line) = line else { break };
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
        let errors = thread::spawn(move || {
            let mut bytes = Vec::new();
            // What could be read before a failure is still worth showing.
            let _ = stderr.read_to_end(&mut bytes);
            bytes
        });
        Ok(Process { child, output, errors, start: Instant::now(), too_slow: false })
    }

    /// The next line of the standard output. None at its end, or when the time is up.
    fn line(&mut self) -> Option<String> {
        match self.output.recv_timeout(TIME_LIMIT.saturating_sub(self.start.elapsed())) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                self.too_slow = true;
                None
            }
        }
    }

    /// Waits for the end of the process, after the last line.
    fn finish(mut self) -> Result<Outcome, String> {
        if self.too_slow {
            self.child.kill().map_err(|e| format!("can't stop the command: {e}"))?;
        }
        let status = self.child.wait().map_err(|e| format!("can't wait for the command: {e}"))?;
        let errors = self.errors.join().unwrap_or_default();
        let message = if self.too_slow {
            format!("it took longer than {} s", TIME_LIMIT.as_secs())
        } else {
            failure(status, &String::from_utf8_lossy(&errors))
        };
        Ok(Outcome { passed: status.success() && !self.too_slow, message })
    }
}

/// What to show of a failure: the error message and its traceback, without what was written before.
///
/// The message needn't begin a line: the suite shows collections as dots. Those that follow it are left out too.
fn failure(status: ExitStatus, errors: &str) -> String {
    let first = errors.find("perilune: ").unwrap_or(0);
    let mut message = status.to_string();
    for line in errors.split_at(first).1.lines().take(MESSAGE_LINES) {
        if line.chars().any(|c| c != '.') {
            message.push_str("\n    ");
            message.push_str(line);
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::{Options, announced};
    use std::path::Path;

    #[test]
    fn announcements() {
        assert_eq!(announced("***** FILE 'gc.lua'*****"), Some("gc.lua"));
        assert_eq!(announced("***** FILE 'gc.lua'"), None);
        assert_eq!(announced("final OK !!!"), None);
    }

    #[test]
    fn options() {
        let options = Options::parse(&["--each".into(), "--suite".into(), "there".into()]);
        assert!(options.is_ok_and(|o| o.each && o.suite == Path::new("there")));
        assert!(Options::parse(&["--suite".into()]).is_err());
        assert!(Options::parse(&["--every".into()]).is_err());
    }
}
