//! The command line of the fuzzer; see `docs/testing.md`.

#![forbid(unsafe_code)]

use perilune::settings::CONFIGURATIONS;
use perilune_fuzz::engine::Engine;
use perilune_fuzz::mode::Mode;
use perilune_fuzz::run::{self, Settings};
use perilune_fuzz::targets::{TARGETS, Target};
use perilune_fuzz::{corpus, mutate, worker};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
usage: cargo xtask fuzz [OPTION…]
  --seed N        the first seed (default: any; it is printed)
  --count N       run so many programs
  --seconds N     run so long (default: 60, unless there is a count)
  --jobs N        so many programs at the same time (default: one per processor)
  --config NAME   in this configuration only (may be repeated)
  --shrink N      shrink a difference for so many seconds (default: 20)
  --save          put shrunk programs into tests/lua/regress, with what the reference implementation prints
  --print         print the program of the seed, and run nothing
  --mode NAME     what is fuzzed: programs (the default), chunks, debug, endings, kills, memory
                  or refusals
  --target NAME   instead of programs, give bytes to parser, binary_chunk, syntax or strings
  --skipped       name the seeds of programs that can't be compared
  --replay SEED   run the program of this seed, and nothing else
";

struct Arguments {
    settings: Settings,
    print: bool,
    target: Option<&'static Target>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.first().map(String::as_str) {
        Some(worker::FLAG) => worker::serve().map(|()| true).map_err(|e| e.to_string()),
        Some("--help") => {
            print!("{USAGE}");
            Ok(true)
        }
        _ => arguments(&words).and_then(start),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("fuzz: {message}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(words: &[String]) -> Result<Arguments, String> {
    let mut words = words.iter();
    let mut engines = Vec::new();
    let (mut count, mut seconds, mut print, mut target) = (None, None, false, None);
    let mut settings = Settings {
        first: RandomState::new().build_hasher().finish() % 1_000_000_000,
        mode: Mode::Programs,
        count: u64::MAX,
        time: Duration::MAX,
        jobs: std::thread::available_parallelism().map_or(1, |n| n.get()),
        engines: Vec::new(),
        shrink: Duration::from_secs(20),
        folder: corpus::differences(),
        save: false,
        show_skipped: false,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs an argument\n{USAGE}"));
        let number = |text: &String| text.parse::<u64>().map_err(|e| format!("{word} {text}: {e}"));
        match word.as_str() {
            "--seed" => settings.first = number(value()?)?,
            "--count" => count = Some(number(value()?)?),
            "--seconds" => seconds = Some(number(value()?)?),
            "--jobs" => settings.jobs = number(value()?)? as usize,
            "--shrink" => settings.shrink = Duration::from_secs(number(value()?)?),
            "--config" => {
                let name = value()?;
                let found = CONFIGURATIONS.iter().find(|c| c.name == name);
                engines.push(found.ok_or_else(|| format!("no configuration '{name}'"))?);
            }
            "--replay" => {
                settings.first = number(value()?)?;
                count = Some(1);
            }
            "--save" => {
                settings.save = true;
                settings.folder = corpus::regressions();
            }
            "--print" => print = true,
            "--target" => {
                let name = value()?;
                let found = TARGETS.iter().find(|t| t.name == name);
                target = Some(found.ok_or_else(|| format!("no target '{name}'"))?);
            }
            "--mode" => {
                let name = value()?;
                let found = Mode::ALL.iter().find(|m| m.0 == name);
                settings.mode = found.ok_or_else(|| format!("no mode '{name}'"))?.1;
            }
            "--skipped" => settings.show_skipped = true,
            _ => return Err(format!("unknown option {word}\n{USAGE}")),
        }
    }
    if engines.is_empty() {
        engines.extend(CONFIGURATIONS);
    }
    settings.engines = engines.into_iter().map(Engine::Perilune).collect();
    settings.count = count.unwrap_or(u64::MAX);
    if let Some(seconds) = seconds.or(count.is_none().then_some(60)) {
        settings.time = Duration::from_secs(seconds);
    }
    Ok(Arguments { settings, print, target })
}

/// Whether all is well.
fn start(arguments: Arguments) -> Result<bool, String> {
    let settings = arguments.settings;
    if arguments.print {
        let (mode, seed) = (settings.mode, settings.first);
        let text = mode.source(&mode.program(seed), seed, "@fuzz").unwrap_or_default();
        return std::io::stdout().write_all(&text).map(|()| true).map_err(|e| e.to_string());
    }
    if let Some(target) = arguments.target {
        std::fs::create_dir_all(&settings.folder).map_err(|e| e.to_string())?;
        let current = settings.folder.join(format!("{}_{}", target.name, settings.first));
        println!(
            "fuzz: target {}, seed {}, input in {}",
            target.name,
            settings.first,
            current.display()
        );
        let runs = mutate::drive(target, settings.first, settings.count, settings.time, &current);
        println!("fuzz: target {}, {} inputs", target.name, runs.map_err(|e| e.to_string())?);
        return Ok(true);
    }
    println!("fuzz: {}, seeds from {}", settings.mode.name(), settings.first);
    let summary = run::run(&settings).map_err(|e| e.to_string())?;
    let engines: Vec<String> = summary
        .engines
        .iter()
        .map(|(name, (count, time))| format!("{name}: {count} in {:.1} s", time.as_secs_f64()))
        .collect();
    println!(
        "fuzz: {}, seeds from {}, {} programs ({}; {} skipped), {} differences",
        settings.mode.name(),
        settings.first,
        summary.programs,
        engines.join(", "),
        summary.skipped,
        summary.differences
    );
    Ok(summary.differences == 0)
}
