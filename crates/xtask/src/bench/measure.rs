//! One process: started, read, waited for.
//!
//! **Problem.** Times come from inside, where a warm process repeats its work; memory and the start can only be seen
//! from outside. A program that hangs or fails must not take the session with it.
//!
//! **Design.** Inside, the driver prints a line for each iteration in the format of are-we-fast-yet's harness, and
//! lines of its own for pauses and sizes. Times are processor time, which other processes on the machine disturb less;
//! where threads of an engine work beside the program, their time counts. The peak of memory is what the system says
//! about the process when it ends.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wait4::Wait4;

use super::contender::Contender;
use super::program::{Kind, Program};
use super::table::Invocation;

/// How long a process may take.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// How many processes are started for each point of a program that is measured from outside.
const STARTS_PER_ITERATION: usize = 2;

/// Seconds of a program after which it isn't started once more in the same round.
const ENOUGH_OF_A_PROGRAM: f64 = 0.2;

/// What one process, or a few in a row, did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Times of the iterations, in seconds.
    pub(crate) iterations: Vec<f64>,
    /// The time of the process from outside, in seconds.
    pub(crate) wall: f64,
    /// The most memory the process had, in bytes.
    pub(crate) peak: u64,
    /// How long the steps of an iteration took, if it consists of steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pauses: Option<Pauses>,
    /// The size of what was loaded, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<f64>,
    /// The times that were printed, each for an order and a size.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) points: Vec<Point>,
    /// What of the output has to be the same everywhere, of a program that is compared.
    #[serde(skip)]
    pub(crate) output: Option<String>,
}

/// The time for an element in an order and a size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    pub(crate) order: String,
    pub(crate) size: u64,
    pub(crate) ns: f64,
}

/// Durations of steps, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pauses {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) max: f64,
}

/// Runs a program in a contender.
pub(crate) fn run(
    contender: &Contender,
    program: &Program,
    iterations: usize,
) -> Result<Run, String> {
    let count = OsString::from(iterations.to_string());
    match &program.kind {
        Kind::Driven { driver, file } => {
            let arguments = [driver.clone().into(), file.clone().into(), count];
            inside(contender, &arguments, Path::new("."))
        }
        Kind::Suite { folder, inner } => {
            let arguments = [
                "harness.lua".into(),
                program.name.clone().into(),
                count,
                inner.to_string().into(),
            ];
            inside(contender, &arguments, folder)
        }
        Kind::Process { file } => {
            outside(contender, &[file.clone().into()], iterations * STARTS_PER_ITERATION)
        }
        Kind::Points { file } => inside(contender, &[file.clone().into()], Path::new(".")),
        Kind::Whole(invocation) => whole(contender, invocation, iterations),
    }
}

/// A process that measures itself.
fn inside(contender: &Contender, arguments: &[OsString], folder: &Path) -> Result<Run, String> {
    let finished = execute(contender, arguments, folder)?;
    let mut run = parse(&finished.output)?;
    run.wall = finished.wall;
    run.peak = finished.peak;
    Ok(run)
}

/// Processes that are measured as wholes.
fn outside(contender: &Contender, arguments: &[OsString], count: usize) -> Result<Run, String> {
    let mut run = Run::default();
    for _ in 0..count {
        let finished = execute(contender, arguments, Path::new("."))?;
        run.iterations.push(finished.wall);
        run.wall += finished.wall;
        run.peak = run.peak.max(finished.peak);
    }
    Ok(run)
}

/// A program from its start to its end, and again while that takes no time to speak of.
fn whole(contender: &Contender, invocation: &Invocation, iterations: usize) -> Result<Run, String> {
    let mut run = Run::default();
    while run.iterations.is_empty()
        || (run.iterations.len() < iterations && run.wall < ENOUGH_OF_A_PROGRAM)
    {
        let mut command = Command::new(&contender.executable);
        command.args(&contender.options).args(&invocation.arguments);
        command.current_dir(&invocation.folder).envs(&invocation.environment);
        let finished = finish(command, &contender.name, invocation.status)?;
        run.iterations.push(finished.processor.max(1e-7));
        run.wall += finished.wall;
        run.peak = run.peak.max(finished.peak);
        // A message may name the engine by how it was started.
        let executable = contender.executable.to_string_lossy();
        run.output = Some(invocation.essence(&finished.output.replace(&*executable, "lua")));
    }
    Ok(run)
}

/// A process that ended as it should.
struct Finished {
    output: String,
    wall: f64,
    processor: f64,
    peak: u64,
}

fn execute(
    contender: &Contender,
    arguments: &[OsString],
    folder: &Path,
) -> Result<Finished, String> {
    let mut command = Command::new(&contender.executable);
    command.args(&contender.options).args(arguments).current_dir(folder);
    finish(command, &contender.name, 0)
}

fn finish(mut command: Command, name: &str, status: i32) -> Result<Finished, String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().map_err(|e| format!("can't start {name}: {e}"))?;
    let (output, messages) = read(&mut child)?;
    let used = child.wait4().map_err(|e| format!("can't wait for {name}: {e}"))?;
    let wall = start.elapsed().as_secs_f64();
    if used.status.code() != Some(status) {
        let message =
            messages.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        return Err(format!("{}: {message}", used.status));
    }
    let processor = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok(Finished { output, wall, processor, peak: used.rusage.maxrss })
}

/// Reads both streams to their ends; kills the process when its time is over.
fn read(child: &mut Child) -> Result<(String, String), String> {
    let (Some(output), Some(messages)) = (child.stdout.take(), child.stderr.take()) else {
        return Err("a process has no streams".to_owned());
    };
    let (sender, receiver) = mpsc::channel();
    let output_sender = sender.clone();
    thread::spawn(move || output_sender.send((true, slurp(output))));
    thread::spawn(move || sender.send((false, slurp(messages))));
    let deadline = Instant::now() + TIME_LIMIT;
    let (mut texts, mut late) = ((String::new(), String::new()), false);
    for _ in 0..2 {
        let left = deadline.saturating_duration_since(Instant::now());
        let received = receiver.recv_timeout(left).or_else(|_| {
            late = true;
            child.kill().map_err(|e| format!("can't end a process: {e}"))?;
            receiver.recv().map_err(|e| format!("can't read from a process: {e}"))
        });
        match received? {
            (true, text) => texts.0 = text,
            (false, text) => texts.1 = text,
        }
    }
    if late {
        texts.1 = format!("killed after {} s", TIME_LIMIT.as_secs());
    }
    Ok(texts)
}

/// All there is to read; what can't be read is missing, which the caller sees.
fn slurp(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(e) => format!("can't read: {e}"),
    }
}

/// Understands what the driver, or the suite's harness, printed.
fn parse(output: &str) -> Result<Run, String> {
    let mut run = Run::default();
    for line in output.lines() {
        let Some((_, text)) = line.split_once(": ") else { continue };
        if let Some(time) = text.strip_prefix("iterations=1 runtime: ") {
            run.iterations.push(microseconds(time)?);
        } else if let Some(text) = text.strip_prefix("pauses ") {
            run.pauses = Some(parse_pauses(text)?);
        } else if let Some(text) = text.strip_prefix("point ") {
            run.points.push(parse_point(text)?);
        } else if let Some(bytes) = text.strip_prefix("bytes=") {
            run.bytes = Some(bytes.parse().map_err(|_| format!("'{bytes}' isn't a size"))?);
        }
    }
    if run.iterations.is_empty() && run.points.is_empty() {
        return Err("no times were printed".to_owned());
    }
    // A clock of microseconds may stand still; nothing takes no time.
    for time in &mut run.iterations {
        *time = time.max(1e-7);
    }
    Ok(run)
}

fn parse_point(text: &str) -> Result<Point, String> {
    let parse = || {
        let (order, numbers) = text.split_once(": size=")?;
        let (size, ns) = numbers.split_once(" ns=")?;
        Some(Point { order: order.to_owned(), size: size.parse().ok()?, ns: ns.parse().ok()? })
    };
    parse().ok_or_else(|| format!("'{text}' isn't a point"))
}

fn parse_pauses(text: &str) -> Result<Pauses, String> {
    let field = |name: &str| {
        let value =
            text.split_whitespace().find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        microseconds(value.ok_or_else(|| format!("'{text}' lacks {name}"))?)
    };
    Ok(Pauses { p50: field("p50")?, p99: field("p99")?, p999: field("p99.9")?, max: field("max")? })
}

/// Seconds, from `12us`.
fn microseconds(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("us").and_then(|digits| digits.parse::<f64>().ok());
    number.map(|us| us * 1e-6).ok_or_else(|| format!("'{text}' isn't a time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_a_harness_is_understood() {
        let output = "Starting Json benchmark ...\nJson: iterations=1 runtime: 1500000us\n\
                      Json: iterations=1 runtime: 2us\nJson: iterations=2 average: 750001us total: 3us\n\n\
                      Total Runtime: 1500002us\n";
        let run = parse(output).expect("it is well formed");
        assert_eq!(run.iterations.len(), 2);
        assert!(
            (run.iterations[0] - 1.5).abs() < 1e-12 && (run.iterations[1] - 2e-6).abs() < 1e-12
        );
        assert_eq!((run.pauses, run.bytes), (None, None));
    }

    #[test]
    fn output_of_the_driver_is_understood() {
        let output = "x: iterations=1 runtime: 0us\nx: pauses p50=1us p99=20us p99.9=300us max=4000us\nx: bytes=1048576\n";
        let run = parse(output).expect("it is well formed");
        assert!(run.iterations[0] > 0.0, "logarithms of it are taken");
        let pauses = run.pauses.expect("there are some");
        assert!(
            (pauses.p99 - 2e-5).abs() < 1e-12
                && (pauses.p999 - 3e-4).abs() < 1e-12
                && (pauses.max - 4e-3).abs() < 1e-12
        );
        assert_eq!(run.bytes, Some(1048576.0));
    }

    #[test]
    fn points_are_understood() {
        let run = parse("x: point by next: size=100 ns=1.50\n").expect("it is well formed");
        assert_eq!(run.points, [Point { order: "by next".to_owned(), size: 100, ns: 1.5 }]);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(parse("").is_err());
        assert!(parse("x: iterations=1 runtime: 12ms\n").is_err());
        assert!(parse("x: iterations=1 runtime: 1us\nx: pauses p50=1us\n").is_err());
        assert!(parse("x: iterations=1 runtime: 1us\nx: bytes=many\n").is_err());
        assert!(parse("x: point queue: size=many ns=1\n").is_err());
    }
}
