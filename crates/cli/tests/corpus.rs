//! The corpus: every script in `tests/lua` and every program in `examples`, in every configuration.
//!
//! A case is a script and a configuration; both lists make the cases, so none is written down twice. A case passes if
//! the command exits with status 0 and prints exactly the golden file's bytes (standard error is free: warnings go there). With
//! `BLESS=1`, goldens of failing *examples* are rewritten from what was printed. Those of the corpus come from the
//! reference implementation: see `tests/lua/README.md`.
//!
//! A case is named `configuration::folder/script`, so `cargo test -p perilune-cli --test corpus -- gc/` runs some.
//!
//! A hostile build, in which every configuration is put under stress, runs a part of the scripts ([`is_for_hostile`]). What it chooses
//! at random comes from one seed, which is shown, and which can be given by `PERILUNE_SEED`.

use libtest_mimic::{Arguments, Failed, Trial};
use perilune::settings::{CONFIGURATIONS, Configuration, is_hostile};
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a case may take, with a margin for slow machines and unoptimized builds.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Folders that a hostile build runs wholly: they are about what it makes hard.
const FOR_HOSTILE: &[&str] = &["closing/", "collect/", "coro/", "gc/", "meta/", "regress/"];

/// A hostile build runs one in so many of the other scripts.
const HOSTILE_SHARE: usize = 10;

/// Scripts with goldens.
struct Suite {
    /// Where the command is run, and scripts are looked for.
    scripts: PathBuf,
    /// Where the goldens are.
    goldens: PathBuf,
    /// Whether goldens may be rewritten from what Perilune prints.
    may_bless: bool,
}

fn main() {
    let arguments = Arguments::from_args();
    let seed = is_hostile().then(seed);
    if let Some(seed) = seed {
        println!("PERILUNE_SEED={seed}");
    }
    let root = perilune_filetest::root();
    let suites = [
        Suite {
            scripts: root.join("tests/lua"),
            goldens: root.join("tests/lua"),
            may_bless: false,
        },
        Suite {
            scripts: root.join("examples"),
            goldens: root.join("tests/examples"),
            may_bless: true,
        },
    ];
    let mut trials = Vec::new();
    for suite in suites {
        let mut scripts: Vec<PathBuf> = perilune_filetest::scripts(&suite.scripts)
            .iter()
            .filter_map(|s| s.strip_prefix(&suite.scripts).ok().map(Path::to_owned))
            .collect();
        if is_hostile() {
            let mut number = 0..;
            scripts.retain(|s| is_for_hostile(s, number.next().unwrap_or(0)));
        }
        for script in scripts {
            let golden = suite.goldens.join(&script).with_extension("out");
            // A script without a golden serves others, which require or load it.
            if !golden.exists() && !suite.may_bless {
                continue;
            }
            for configuration in CONFIGURATIONS {
                let name = format!("{}::{}", configuration.name, script.display());
                let case = Case {
                    folder: suite.scripts.clone(),
                    script: script.clone(),
                    golden: golden.clone(),
                    may_bless: suite.may_bless,
                    configuration,
                    seed,
                };
                trials.push(Trial::test(name, move || case.run()));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A seed given by the environment, or one that differs from run to run.
fn seed() -> u64 {
    match std::env::var("PERILUNE_SEED").map(|s| s.parse()) {
        Ok(Ok(seed)) => seed,
        Ok(Err(e)) => {
            eprintln!("PERILUNE_SEED: {e}");
            std::process::exit(1);
        }
        Err(_) => RandomState::new().build_hasher().finish(),
    }
}

/// Whether a hostile build runs this script, given its place among all of its suite.
fn is_for_hostile(script: &Path, number: usize) -> bool {
    number.is_multiple_of(HOSTILE_SHARE)
        || FOR_HOSTILE.iter().any(|folder| script.starts_with(folder))
}

struct Case {
    folder: PathBuf,
    script: PathBuf,
    golden: PathBuf,
    may_bless: bool,
    configuration: &'static Configuration,
    seed: Option<u64>,
}

impl Case {
    fn run(self) -> Result<(), Failed> {
        let child = Command::new(env!("CARGO_BIN_EXE_perilune"))
            .args(self.configuration.options)
            .args(self.seed.map(|s| format!("--seed={s}")))
            .arg(&self.script)
            .current_dir(&self.folder)
            .env_remove("LUA_INIT")
            .env_remove("LUA_INIT_5_5")
            .env_remove("LUA_PATH")
            .env_remove("LUA_PATH_5_5")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let output = finish(child)?;
        let errors = String::from_utf8_lossy(&output.errors);
        if !output.status.success() {
            return Err(format!("{}, standard error:\n{errors}", output.status).into());
        }
        let expected = fs::read(&self.golden).unwrap_or_default();
        if output.text == expected {
            return Ok(());
        }
        if self.may_bless && perilune_filetest::is_blessing() {
            fs::write(&self.golden, &output.text)?;
            return Ok(());
        }
        Err(difference(&expected, &output.text).into())
    }
}

struct Output {
    status: ExitStatus,
    text: Vec<u8>,
    errors: Vec<u8>,
}

/// Waits for a process and its output, but not for ever.
fn finish(mut child: Child) -> Result<Output, Failed> {
    fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut p) = pipe {
                // What can't be read is missing from the output, which will show.
                let _ = p.read_to_end(&mut bytes);
            }
            bytes
        })
    }
    let text = drain(child.stdout.take());
    let errors = drain(child.stderr.take());
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > TIMEOUT {
            child.kill()?;
            child.wait()?;
            return Err(format!("still running after {} s", TIMEOUT.as_secs()).into());
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    let join = |h: thread::JoinHandle<Vec<u8>>| h.join().map_err(|_| "reading its output failed");
    Ok(Output { status, text: join(text)?, errors: join(errors)? })
}

/// The first lines that differ, with what comes before them.
fn difference(expected: &[u8], actual: &[u8]) -> String {
    const CONTEXT: usize = 3;
    const SHOWN: usize = 6;
    let split = |bytes: &[u8]| -> Vec<String> {
        bytes.split(|b| *b == b'\n').map(|l| String::from_utf8_lossy(l).into_owned()).collect()
    };
    let (expected, actual) = (split(expected), split(actual));
    let common = expected.iter().zip(&actual).take_while(|(e, a)| e == a).count();
    let mut text = format!("the output differs from line {}:\n", common + 1);
    let mut show = |mark: char, lines: &[String]| {
        for line in lines.iter().take(SHOWN) {
            text.push_str(&format!("{mark} {line}\n"));
        }
    };
    show(' ', &expected[common.saturating_sub(CONTEXT)..common]);
    show('-', &expected[common..]);
    show('+', &actual[common..]);
    text
}
