//! Measures programs in Perilune and in other engines, side by side.
//!
//! **Problem.** A time by itself says nothing: machines differ, and the same machine differs from hour to hour. What
//! can be said is how two contenders compare when they run at the same time under the same conditions, and how sure
//! that is.
//!
//! **Design.** A session has *contenders* (builds or option sets of Perilune, and peers) and *programs*. It goes through
//! all programs several times; in each such round a program's contenders run directly after one another, each in a
//! process of its own, and the next round starts with another one of them. A process repeats its work, so that the
//! first iterations, in which an engine warms up, and the steady state can be told apart. Programs check their results:
//! a wrong answer is a failure, however fast. Everything measured goes to a [`Record`], which is all that the tables
//! ([`report`]) are made of, and which a later session can be compared with.
//!
//! The first contender is the *subject*: the tables say how many times as fast it is as each of the others.

mod contender;
mod measure;
mod plot;
mod program;
mod report;
mod statistics;
mod table;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use contender::{Contender, Engine};
use measure::Run;

/// The arguments of the task, for its usage message.
pub(crate) const ARGUMENTS: &str =
    "[--only NAME…] [--group GROUP,…|all] [--suite DIR] [--programs DIR]
      [--peers NAME,…|none]
      [--variants \"NAME=OPTIONS;…\"] [--perilune-options \"…\"] [--rounds N] [--iterations N]
      [--json FILE] [--markdown FILE] [--compare OLD.json] [--from FILE.json]";

/// How many times all programs are gone through, if nothing is said.
const ROUNDS: usize = 5;

/// How many iterations a process does, if nothing is said.
const ITERATIONS: usize = 10;

/// Runs the task.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    let record = match &options.from {
        Some(file) => Record::read(file)?,
        None => session(&options)?,
    };
    if let Some(file) = &options.json {
        record.write(file)?;
    }
    print!("{}", report::text(&record));
    if let Some(file) = &options.markdown {
        report::update(file, &record)?;
    }
    if let Some(file) = &options.compare {
        print!("{}", report::comparison(&Record::read(file)?, &record));
    }
    match record.failures() {
        0 => Ok(()),
        n => Err(format!("{n} runs failed")),
    }
}

/// What the caller asked for.
#[derive(Debug, Default)]
struct Options {
    only: Vec<String>,
    groups: Vec<String>,
    peers: Option<Vec<String>>,
    suite: Option<PathBuf>,
    programs: Option<PathBuf>,
    rounds: usize,
    iterations: usize,
    perilune_options: Vec<String>,
    variants: Option<String>,
    json: Option<PathBuf>,
    markdown: Option<PathBuf>,
    compare: Option<PathBuf>,
    from: Option<PathBuf>,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Result<Options, String> {
        let mut options = Options { rounds: ROUNDS, iterations: ITERATIONS, ..Options::default() };
        let mut rest = arguments.iter().peekable();
        while let Some(argument) = rest.next() {
            let name = argument.to_string_lossy();
            if name == "--only" {
                while let Some(program) =
                    rest.next_if(|next| !next.to_string_lossy().starts_with("--"))
                {
                    options.only.extend(list(&program.to_string_lossy()));
                }
                continue;
            }
            let value =
                rest.next().ok_or_else(|| format!("usage: cargo xtask bench {ARGUMENTS}"))?;
            let text = value.to_string_lossy();
            match &*name {
                "--group" => options.groups.extend(list(&text)),
                "--peers" => {
                    options.peers = Some(if text == "none" { Vec::new() } else { list(&text) })
                }
                "--suite" => options.suite = Some(value.into()),
                "--programs" => options.programs = Some(value.into()),
                "--rounds" => options.rounds = count(&name, &text)?,
                "--iterations" => options.iterations = count(&name, &text)?,
                "--perilune-options" => {
                    options.perilune_options = text.split_whitespace().map(str::to_owned).collect();
                }
                "--variants" => options.variants = Some(text.into_owned()),
                "--json" => options.json = Some(value.into()),
                "--markdown" => options.markdown = Some(value.into()),
                "--compare" => options.compare = Some(value.into()),
                "--from" => options.from = Some(value.into()),
                _ => return Err(format!("'{name}'? usage: cargo xtask bench {ARGUMENTS}")),
            }
        }
        if options.markdown.is_some() && !options.only.is_empty() {
            return Err(
                "--markdown writes the tables of whole groups, so not with --only".to_owned()
            );
        }
        Ok(options)
    }

    /// The groups to run: without a word about them, all there are; with folders of others' programs, those alone.
    fn groups(&self) -> Vec<String> {
        let own = program::GROUPS.into_iter();
        let suite = self.suite.as_ref().map(|_| program::SUITE);
        let others = suite.into_iter().chain(self.programs.as_ref().map(|_| program::PROGRAMS));
        let names: Vec<&str> = match self.groups.as_slice() {
            [] if others.clone().next().is_some() => others.collect(),
            [] => own.collect(),
            [all] if all == "all" => own.chain(others).collect(),
            groups => return groups.to_vec(),
        };
        names.into_iter().map(str::to_owned).collect()
    }

    /// The peers to run: all, unless variants are compared with each other.
    fn peers(&self) -> Vec<String> {
        match (&self.peers, &self.variants) {
            (Some(peers), _) => peers.clone(),
            (None, None) => contender::peer_names(),
            (None, Some(_)) => Vec::new(),
        }
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn count(name: &str, text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{name} takes a positive number, not '{text}'")),
    }
}

/// All that a session measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    /// Of this format.
    format: u32,
    /// What was measured on.
    machine: String,
    rounds: usize,
    iterations: usize,
    contenders: Vec<Contender>,
    programs: Vec<Row>,
}

/// The number of the format [`Record`] has.
const FORMAT: u32 = 1;

/// A program and what became of it in every contender.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Row {
    group: String,
    name: String,
    outcomes: Vec<Outcome>,
}

/// What became of a program in a contender.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    /// A run for every round.
    Measured(Vec<Run>),
    /// The engine lacks this.
    NotApplicable(String),
    /// It ended badly, or with a wrong result.
    Failed(String),
}

impl Outcome {
    /// What was measured; nothing if nothing was.
    fn runs(&self) -> &[Run] {
        match self {
            Outcome::Measured(runs) => runs,
            Outcome::NotApplicable(_) | Outcome::Failed(_) => &[],
        }
    }

    /// The times of all rounds.
    fn times(&self) -> Vec<&statistics::Times> {
        self.runs().iter().map(|run| run.iterations.as_slice()).collect()
    }
}

impl Record {
    fn read(file: &Path) -> Result<Record, String> {
        let text =
            fs::read_to_string(file).map_err(|e| format!("can't read {}: {e}", file.display()))?;
        let record: Record = serde_json::from_str(&text)
            .map_err(|e| format!("{} isn't a record: {e}", file.display()))?;
        if record.format != FORMAT {
            return Err(format!("{} has format {}, not {FORMAT}", file.display(), record.format));
        }
        Ok(record)
    }

    fn write(&self, file: &Path) -> Result<(), String> {
        let text =
            serde_json::to_string_pretty(self).map_err(|e| format!("can't write a record: {e}"))?;
        fs::write(file, text + "\n").map_err(|e| format!("can't write {}: {e}", file.display()))
    }

    fn failures(&self) -> usize {
        let outcomes = self.programs.iter().flat_map(|row| &row.outcomes);
        outcomes.filter(|outcome| matches!(outcome, Outcome::Failed(_))).count()
    }
}

/// Builds everything, runs everything.
fn session(options: &Options) -> Result<Record, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("..");
    let root = root.canonicalize().map_err(|e| format!("where is the checkout? {e}"))?;
    let mut programs = program::find(
        &root,
        &options.groups(),
        options.suite.as_deref(),
        options.programs.as_deref(),
    )?;
    if !options.only.is_empty() {
        if let Some(name) =
            options.only.iter().find(|name| !programs.iter().any(|p| p.name == **name))
        {
            return Err(format!("no program '{name}' in {}", options.groups().join(", ")));
        }
        programs.retain(|program| options.only.contains(&program.name));
    }
    let variants = options.variants.as_deref().unwrap_or("perilune=");
    let variants = contender::variants(variants, &options.perilune_options)?;
    let mut contenders = contender::resolve(variants)?;
    contenders.extend(contender::build_peers(&root, &options.peers())?);
    let rows = programs.iter().map(|program| Row {
        group: program.group.clone(),
        name: program.name.clone(),
        outcomes: contenders
            .iter()
            .map(|contender| match program.lacking(contender.engine) {
                Some(need) => Outcome::NotApplicable(need.to_owned()),
                None => Outcome::Measured(Vec::new()),
            })
            .collect(),
    });
    let mut record = Record {
        format: FORMAT,
        machine: machine(),
        rounds: options.rounds,
        iterations: options.iterations,
        programs: rows.collect(),
        contenders,
    };
    for round in 0..options.rounds {
        for (at, program) in programs.iter().enumerate() {
            eprint!("\r\x1b[Kround {} of {}: {}", round + 1, options.rounds, program.name);
            measure_program(&mut record, round, at, program, options.iterations);
        }
    }
    eprintln!("\r\x1b[K");
    Ok(record)
}

/// Runs a program in all contenders, one after another, in an order that depends on the round.
fn measure_program(
    record: &mut Record,
    round: usize,
    at: usize,
    program: &program::Program,
    iterations: usize,
) {
    let count = record.contenders.len();
    for turn in 0..count {
        let index = (round + turn) % count;
        let outcome = &mut record.programs[at].outcomes[index];
        if let Outcome::Measured(runs) = outcome {
            match measure::run(&record.contenders[index], program, iterations) {
                Ok(run) => runs.push(run),
                Err(message) => *outcome = Outcome::Failed(message),
            }
        }
    }
    compare_outputs(&mut record.programs[at].outcomes, &record.contenders);
}

/// Fails what printed something else than the reference in the same round: the reference implementation, or the last
/// contender.
fn compare_outputs(outcomes: &mut [Outcome], contenders: &[Contender]) {
    let puc = contenders.iter().position(|contender| contender.engine == Engine::Puc);
    let at = puc.unwrap_or(contenders.len().saturating_sub(1));
    let last = |outcome: &Outcome| outcome.runs().last()?.output.clone();
    let Some(expected) = outcomes.get(at).and_then(last) else { return };
    for outcome in outcomes {
        if last(outcome).is_some_and(|found| found != expected) {
            let found = last(outcome).unwrap_or_default();
            let same = found.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count();
            let (line, name) = (same + 1, &contenders[at].name);
            *outcome =
                Outcome::Failed(format!("line {line} of the output isn't what {name} prints"));
        }
    }
}

/// What is known about the machine: its processor, where that can be read.
fn machine() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let name = name.map_or(std::env::consts::ARCH, |(_, name)| name);
    format!("{name}, {cores} cores, {}", std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, String> {
        Options::parse(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn defaults_depend_on_each_other() {
        let plain = parse(&[]).expect("nothing is needed");
        assert_eq!((plain.rounds, plain.iterations), (ROUNDS, ITERATIONS));
        assert_eq!(plain.groups(), program::GROUPS);
        assert_eq!(plain.peers(), contender::peer_names());
        let suite = parse(&["--suite", "x"]).expect("it is well formed");
        assert_eq!(suite.groups(), [program::SUITE]);
        let all = parse(&["--suite", "x", "--group", "all"]).expect("it is well formed");
        assert_eq!(all.groups().len(), program::GROUPS.len() + 1);
        let both = parse(&["--suite", "x", "--programs", "y"]).expect("it is well formed");
        assert_eq!(both.groups(), [program::SUITE, program::PROGRAMS]);
        let variants = parse(&["--variants", "a=;b=-W"]).expect("it is well formed");
        assert!(variants.peers().is_empty());
        let both = parse(&["--variants", "a=", "--peers", "puc,luau"]).expect("it is well formed");
        assert_eq!(both.peers(), ["puc", "luau"]);
        assert!(parse(&["--peers", "none"]).expect("it is well formed").peers().is_empty());
    }

    #[test]
    fn several_names_follow_only() {
        let options =
            parse(&["--only", "fib", "heap,json", "--rounds", "2"]).expect("it is well formed");
        assert_eq!(options.only, ["fib", "heap", "json"]);
        assert_eq!(options.rounds, 2);
        assert!(parse(&["--only", "fib", "--markdown", "x"]).is_err(), "the table would lack rows");
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(parse(&["--rounds", "0"]).is_err());
        assert!(parse(&["--rounds", "many"]).is_err());
        assert!(parse(&["--rounds"]).is_err());
        assert!(parse(&["--speed", "high"]).is_err());
    }

    #[test]
    fn another_output_than_the_reference_is_a_failure() {
        let outcome = |output: Option<&str>| {
            let output = output.map(str::to_owned);
            Outcome::Measured(vec![Run { iterations: vec![1.0], output, ..Run::default() }])
        };
        let contenders = report::tests::record().contenders;
        let mut outcomes = [outcome(Some("a\nb\n")), outcome(Some("a\nc\n"))];
        compare_outputs(&mut outcomes, &contenders);
        let message = "line 2 of the output isn't what luau prints";
        assert_eq!(outcomes[0], Outcome::Failed(message.to_owned()));
        assert!(matches!(outcomes[1], Outcome::Measured(_)));
        for output in [None, Some("a\n")] {
            let mut outcomes = [outcome(output), outcome(output)];
            compare_outputs(&mut outcomes, &contenders);
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Measured(_))));
        }
    }

    #[test]
    fn records_survive_being_written() {
        let record = report::tests::record();
        let text = serde_json::to_string(&record).expect("it can be written");
        let back: Record = serde_json::from_str(&text).expect("it can be read");
        assert_eq!(back.contenders.len(), record.contenders.len());
        for (a, b) in record.programs.iter().zip(&back.programs) {
            assert_eq!((&a.name, &a.outcomes), (&b.name, &b.outcomes));
        }
        assert_eq!(back.failures(), 1);
    }
}
