//! The fuzzer's loop: programs from seeds, run everywhere, compared, and shrunk when there is a difference.
//!
//! Each job is a thread with a worker process. What one seed leads to doesn't depend on the others, so a difference is
//! repeated from its seed alone ([`Settings::first`] with a count of 1).
//!
//! A program is *skipped* if the reference implementation takes too long, meets a limit or prints an address, since none
//! of these is the same everywhere. A difference that looks like one seen [`ALIKE`] times is counted, but not shrunk.

use crate::ast::Block;
use crate::engine::{Conditions, Engine, TOLD};
use crate::mode::Mode;
use crate::shrink;
use crate::worker::{Outcome, Worker};
use perilune_bytecode::chunk;
use perilune_bytecode::disasm::disassemble;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is fuzzed.
    pub mode: Mode,
    /// The first seed; the following ones come after it.
    pub first: u64,
    /// How many programs.
    pub count: u64,
    /// How long.
    pub time: Duration,
    /// How many at the same time.
    pub jobs: usize,
    /// Who is compared with the reference implementation.
    pub engines: Vec<Engine>,
    /// How long to shrink a difference.
    pub shrink: Duration,
    /// Where shrunk programs go, and whether they become part of the corpus there.
    pub folder: PathBuf,
    /// Whether `folder` is that of the corpus's scripts.
    pub save: bool,
    /// Whether to name the seeds that are skipped.
    pub show_skipped: bool,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How many programs were run by the reference implementation and compared.
    pub programs: u64,
    /// How many were skipped.
    pub skipped: u64,
    /// How many were run, and for how long, by engine.
    pub engines: BTreeMap<&'static str, (u64, Duration)>,
    /// How many differences there were.
    pub differences: u64,
    /// How often each first line of a difference was seen.
    kinds: HashMap<String, u32>,
}

/// Slow configurations, with how many programs there are to one that is run in them. They run all of them if nothing else
/// is asked for.
const RARE: &[(&str, u64)] = &[("gc-stress", 16), ("gc-stress-compiled", 16)];

/// How many differences that look alike are shrunk.
const ALIKE: u32 = 2;

/// How long a program may run in the reference implementation to be run in slow configurations.
const SLOW: Duration = Duration::from_millis(60);

/// How much longer others may take, because they may be slow on purpose.
const PATIENCE: u32 = 30;

/// A program and how an engine is wrong about it.
struct Difference {
    engine: Engine,
    /// What the mode's judge says; empty if it has none.
    expected: Vec<u8>,
    outcome: Outcome,
}

/// Runs programs until there were enough of them or time is up.
///
/// # Errors
/// If processes can't be started or files not be written.
pub fn run(settings: &Settings) -> io::Result<Summary> {
    let next = AtomicU64::new(0);
    let deadline = Instant::now().checked_add(settings.time);
    let summary = Mutex::new(Summary::default());
    let job = || -> io::Result<()> {
        let mut worker = Worker::default();
        while deadline.is_none_or(|d| Instant::now() < d) {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= settings.count {
                break;
            }
            one(settings, &mut worker, settings.first.wrapping_add(n), &summary)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let jobs: Vec<_> = (0..settings.jobs.max(1)).map(|_| scope.spawn(job)).collect();
        jobs.into_iter().try_for_each(|j| {
            j.join().unwrap_or_else(|_| Err(io::Error::other("the fuzzer panicked")))
        })
    })?;
    summary.into_inner().map_err(|_| io::Error::other("the fuzzer panicked"))
}

fn name_of(seed: u64) -> String {
    format!("@regress/fuzz_{seed}.lua")
}

fn one(
    settings: &Settings,
    worker: &mut Worker,
    seed: u64,
    summary: &Mutex<Summary>,
) -> io::Result<()> {
    let (mode, name) = (settings.mode, name_of(seed));
    let program = mode.program(seed);
    let chosen: Vec<Engine> = settings
        .engines
        .iter()
        .copied()
        .filter(|e| {
            let rare = RARE.iter().find(|r| r.0 == e.name() && settings.engines.len() > 1);
            settings.count == 1 || rare.is_none_or(|r| seed.is_multiple_of(r.1))
        })
        .collect();
    let found = match mode.source(&program, seed, &name) {
        Some(text) => compare(worker, mode, seed, &chosen, &text)?,
        None => None,
    };
    let locked = || summary.lock().map_err(|_| io::Error::other("the fuzzer panicked"));
    let Some(Comparison { times, difference }) = found else {
        if settings.show_skipped {
            println!("seed {seed}: skipped");
        }
        locked()?.skipped += 1;
        return Ok(());
    };
    let mut kind = String::new();
    let seen = {
        let mut summary = locked()?;
        summary.programs += 1;
        for (engine, time) in times {
            let entry = summary.engines.entry(engine.name()).or_default();
            entry.0 += 1;
            entry.1 += time;
        }
        let Some(d) = &difference else { return Ok(()) };
        summary.differences += 1;
        let _ = write!(kind, "{}", d.kind());
        let seen = summary.kinds.entry(kind.clone()).or_default();
        *seen += 1;
        *seen
    };
    let Some(difference) = difference else { return Ok(()) };
    if seen > ALIKE {
        println!("seed {seed}: {} differs, as others do: {kind}", difference.engine.name());
        return Ok(());
    }
    report(settings, worker, seed, program, difference)
}

/// What came of a program: who ran it for how long, and the first difference.
struct Comparison {
    times: Vec<(Engine, Duration)>,
    difference: Option<Difference>,
}

/// Runs a program everywhere. Nothing if it is no use.
fn compare(
    worker: &mut Worker,
    mode: Mode,
    seed: u64,
    engines: &[Engine],
    text: &[u8],
) -> io::Result<Option<Comparison>> {
    let (conditions, name, limit) = (mode.conditions(seed), &name_of(seed), mode.limit());
    let mut times = Vec::new();
    let mut expected = Vec::new();
    let mut patience = limit.max(Duration::from_secs(1)) * PATIENCE;
    let mut engines = engines.to_vec();
    let judge = mode.judge(seed);
    if let Some(judge) = judge {
        let judged = worker.run(&[judge], &conditions, text, name, limit)?.pop();
        let Some((outcome, time)) = judged else { return Ok(None) };
        times.push((judge, time));
        expected = match outcome {
            Outcome::Output(text) if is_comparable(&text) => text,
            // The reference implementation may have its own problems.
            Outcome::Crash(_) if judge != Engine::Reference => {
                let difference = Difference { engine: judge, expected, outcome };
                return Ok(Some(Comparison { times, difference: Some(difference) }));
            }
            Outcome::Output(_) | Outcome::Crash(_) | Outcome::Hang => return Ok(None),
        };
        patience = patience.max(time * 100);
        // What takes long anyway would take too long in slow configurations.
        let slow = |e: &Engine| RARE.iter().any(|r| r.0 == e.name());
        engines.retain(|e| *e != judge && (time < SLOW || !slow(e)));
    }
    let outcomes = worker.run(&engines, &conditions, text, name, patience)?;
    for (engine, (outcome, time)) in engines.iter().zip(outcomes) {
        times.push((*engine, time));
        let fits = match &outcome {
            Outcome::Output(text) => {
                judge.is_none()
                    || !mode.compares(*engine)
                    || agrees(&conditions, &expected, text)
                    || !is_same_everywhere(mode, text)
            }
            Outcome::Crash(_) | Outcome::Hang => false,
        };
        if !fits {
            let difference = Difference { engine: *engine, expected, outcome };
            return Ok(Some(Comparison { times, difference: Some(difference) }));
        }
    }
    Ok(Some(Comparison { times, difference: None }))
}

/// Whether a program with this output does the same everywhere, as far as one can see.
fn is_comparable(output: &[u8]) -> bool {
    let limits = [
        "stack overflow",
        "not enough memory",
        "failure: ",
        // An address, behind the name of a type or of a metatable.
        ": 0x",
    ];
    !limits.iter().any(|l| output.windows(l.len()).any(|w| w == l.as_bytes()))
}

/// Whether an output is what the judge says, up to where the program was told that there is no memory.
fn agrees(conditions: &Conditions, expected: &[u8], output: &[u8]) -> bool {
    let before = output.strip_suffix(b"\n").and_then(|o| o.strip_suffix(TOLD));
    match before {
        Some(before) if conditions.refusals.is_some() => expected.starts_with(before),
        _ => expected == output,
    }
}

/// Whether an output that isn't the judge's is that of a program that does the same everywhere. Those of chunks may come to
/// limits in some tiers only.
fn is_same_everywhere(mode: Mode, output: &[u8]) -> bool {
    mode != Mode::Chunks || is_comparable(output)
}

impl Difference {
    /// The first line that differs, without what changes from program to program.
    fn kind(&self) -> String {
        let text = match &self.outcome {
            Outcome::Hang => return "it hangs".to_owned(),
            Outcome::Crash(words) => {
                words.lines().find(|l| l.contains("panicked at")).unwrap_or("it crashes").to_owned()
            }
            Outcome::Output(actual) => {
                let (expected, actual) = first_difference(&self.expected, actual);
                format!("- {expected} + {actual}")
            }
        };
        let mut kind: String = text.chars().filter(|c| !c.is_ascii_digit()).collect();
        kind.truncate(kind.floor_char_boundary(160));
        kind
    }

    /// What is different, for people.
    fn text(&self) -> String {
        match &self.outcome {
            Outcome::Hang => "it doesn't end\n".to_owned(),
            Outcome::Crash(words) => format!("it crashes: {words}\n"),
            Outcome::Output(actual) => {
                let (expected, actual) = first_difference(&self.expected, actual);
                format!("- {expected}\n+ {actual}\n")
            }
        }
    }
}

fn first_difference(expected: &[u8], actual: &[u8]) -> (String, String) {
    let lines = |text: &[u8]| -> Vec<String> {
        text.split(|b| *b == b'\n').map(|l| String::from_utf8_lossy(l).into_owned()).collect()
    };
    let (expected, actual) = (lines(expected), lines(actual));
    let same = expected.iter().zip(&actual).take_while(|(e, a)| e == a).count();
    let line = |lines: &[String]| lines.get(same).cloned().unwrap_or_else(|| "(end)".to_owned());
    (line(&expected), line(&actual))
}

/// Shrinks a program with a difference, writes it, and says so.
fn report(
    settings: &Settings,
    worker: &mut Worker,
    seed: u64,
    program: Block,
    difference: Difference,
) -> io::Result<()> {
    let engine = difference.engine;
    println!("seed {seed}: {} differs; shrinking\n{}", engine.name(), difference.text());
    let deadline = Instant::now() + settings.shrink;
    let was_syntax_error = difference.expected.starts_with(b"syntax error");
    let mut last = difference;
    let program = shrink::shrink(program, deadline, |p| {
        let Some(text) = settings.mode.source(p, seed, &name_of(seed)) else { return false };
        match compare(worker, settings.mode, seed, &[engine], &text) {
            Ok(Some(Comparison { difference: Some(d), .. })) => {
                let fits = was_syntax_error || !d.expected.starts_with(b"syntax error");
                if fits {
                    last = d;
                }
                fits
            }
            Ok(_) | Err(_) => false,
        }
    });
    let text = settings.mode.source(&program, seed, &name_of(seed)).unwrap_or_default();
    let file = write(settings, worker, seed, &text, &last)?;
    println!(
        "seed {seed}: {} differs: {}\n{}\n{}",
        engine.name(),
        file.display(),
        readable(&text),
        last.text()
    );
    Ok(())
}

/// The text of a program, or the listing of a chunk.
fn readable(source: &[u8]) -> String {
    match chunk::load(source) {
        Ok(main) => disassemble(&main),
        Err(_) => String::from_utf8_lossy(source).into_owned(),
    }
}

/// Writes a program and what it should print. In the corpus a script has to end without an error.
fn write(
    settings: &Settings,
    worker: &mut Worker,
    seed: u64,
    text: &[u8],
    difference: &Difference,
) -> io::Result<PathBuf> {
    std::fs::create_dir_all(&settings.folder)?;
    let file = settings.folder.join(format!("fuzz_{seed}.lua"));
    let throws = difference.expected.windows(7).any(|w| w == b"error: ");
    let (mut text, mut expected) = (text.to_vec(), difference.expected.clone());
    if settings.mode == Mode::Chunks {
        std::fs::write(file.with_extension("listing"), readable(&text))?;
    }
    if settings.save && throws {
        text = [b"print(pcall(function(...)\n", &text[..], b"end))\n"].concat();
        let mut outcomes = worker.run(
            &[Engine::Reference],
            &Conditions::default(),
            &text,
            &name_of(seed),
            settings.mode.limit(),
        )?;
        if let Some((Outcome::Output(output), _)) = outcomes.pop() {
            expected = output;
        }
    }
    std::fs::write(&file, &text)?;
    std::fs::write(file.with_extension("out"), expected)?;
    if !settings.save {
        std::fs::write(file.with_extension("difference"), difference.text())?;
    }
    Ok(file)
}
