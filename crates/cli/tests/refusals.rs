//! Every script of the corpus where requests for memory are refused at random.
//!
//! What a script prints then is anybody's guess: it may catch an error that it doesn't expect. But it must end by itself,
//! without a crash or a panic; and if it ends with an error of memory, that one says so.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// One in so many requests is refused: often enough that most scripts meet it, and seldom enough that they get somewhere.
const SHARES: [&str; 2] = ["4", "40"];

/// Scripts that wait for something to happen that memory is needed for.
const ENDLESS: [&str; 0] = [];

#[test]
fn nothing_dies_of_it() {
    let root = perilune_filetest::root().join("tests/lua");
    let scripts = perilune_filetest::scripts(&root);
    assert!(!scripts.is_empty());
    let half = scripts.len() / 2;
    let failures: Vec<String> = thread::scope(|s| {
        let run = |part| s.spawn(move || run_all(part));
        let workers = [run(&scripts[..half]), run(&scripts[half..])];
        workers.into_iter().flat_map(|w| w.join().expect("no panic")).collect()
    });
    assert!(failures.is_empty(), "{failures:#?}");
}

fn run_all(scripts: &[impl AsRef<Path>]) -> Vec<String> {
    let cases = scripts.iter().flat_map(|s| SHARES.map(|share| (s.as_ref(), share)));
    cases.filter(|(s, _)| !ENDLESS.iter().any(|e| s.ends_with(e))).filter_map(run).collect()
}

/// What is wrong with a run, if anything.
fn run((script, share): (&Path, &str)) -> Option<String> {
    let output = Command::new("timeout")
        .args(["60", env!("CARGO_BIN_EXE_perilune"), "--seed=1", "--jit-threshold=5"])
        .arg(format!("--refuse-memory={share}"))
        .arg(script)
        .current_dir(perilune_filetest::root().join("tests/lua"))
        .stdin(Stdio::null())
        .output()
        .expect("run the command");
    let errors = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    // Scripts may end with a status of their own; these are a panic's and those of `timeout`.
    let is_fine = code.is_some_and(|c| c < 100) && !errors.contains("panicked");
    (!is_fine).then(|| format!("{} 1/{share}: {} {errors}", script.display(), output.status))
}
