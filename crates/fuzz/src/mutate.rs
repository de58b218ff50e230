//! Driving [`crate::targets`] without libFuzzer: inputs of a corpus, changed at random.
//!
//! There is no feedback about what an input reached, so this finds less than `cargo fuzz` in the same time, but it
//! needs nothing but a stable compiler. Before an input is run it is written to a file, which is there afterwards if
//! the process died. An input that takes too long ends the process, too.

use crate::rng::Rng;
use crate::targets::Target;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long one input may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Bytes that mean something in more than one format.
const INTERESTING: &[u8] = b"\x00\x01\x7f\x80\xff\"'()[]{}%^$*+-.?:,;|<>=~#0123456789abexznLp\n\\ ";

/// Runs a target with inputs made from its corpus until time is up or there were enough, and returns how many there
/// were. The file `current` has the input being run.
///
/// # Errors
/// If the file can't be written.
pub fn drive(
    target: &'static Target,
    seed: u64,
    count: u64,
    time: Duration,
    current: &Path,
) -> io::Result<u64> {
    let corpus = (target.corpus)();
    let mut rng = Rng::new(seed);
    let deadline = Instant::now().checked_add(time);
    let runs = Arc::new(AtomicU64::new(0));
    watch(runs.clone(), target.name);
    while deadline.is_none_or(|d| Instant::now() < d) && runs.load(Ordering::Relaxed) < count {
        let input = mutant(&corpus, &mut rng);
        std::fs::write(current, &input)?;
        (target.run)(&input);
        runs.fetch_add(1, Ordering::Relaxed);
    }
    std::fs::remove_file(current)?;
    Ok(runs.load(Ordering::Relaxed))
}

/// Ends the process if the number stays the same for too long.
fn watch(runs: Arc<AtomicU64>, name: &'static str) {
    thread::spawn(move || {
        let (mut last, mut since) = (u64::MAX, Instant::now());
        loop {
            thread::sleep(Duration::from_millis(500));
            let now = runs.load(Ordering::Relaxed);
            if now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() > LIMIT {
                eprintln!("fuzz: target {name} doesn't come to an end");
                std::process::exit(1);
            }
        }
    });
}

/// An input of the corpus with some changes.
pub fn mutant(corpus: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    const LONGEST: usize = 1 << 16;
    if corpus.is_empty() {
        return Vec::new();
    }
    let mut data = rng.pick(corpus).clone();
    for _ in 0..1 << rng.below(5) {
        let at = rng.below(data.len() + 1);
        let end = (at + 1 + rng.below(16)).min(data.len());
        match rng.below(9) {
            0 if at < data.len() => data[at] ^= 1 << rng.below(8),
            1 | 2 if at < data.len() => data[at] = *rng.pick(INTERESTING),
            3 if at < data.len() => data[at] = rng.bits() as u8,
            4 => data.insert(at, *rng.pick(INTERESTING)),
            5 if at < end => drop(data.drain(at..end)),
            6 if at < end => {
                let copy = data[at..end].to_vec();
                let to = rng.below(data.len() + 1);
                data.splice(to..to, copy);
            }
            7 => {
                let other = rng.pick(corpus);
                let from = rng.below(other.len() + 1);
                let to = (from + rng.below(64)).min(other.len());
                data.splice(at..at, other[from..to].iter().copied());
            }
            8 if rng.percent(20) => data.truncate(at),
            _ => {}
        }
    }
    data.truncate(LONGEST);
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::TARGETS;

    /// Every target takes its corpus and some mutants of it.
    #[test]
    fn targets_hold() {
        for target in TARGETS {
            let corpus = (target.corpus)();
            assert!(corpus.len() > 100, "{}", target.name);
            let mut rng = Rng::new(7);
            for input in corpus.iter().take(20) {
                (target.run)(input);
            }
            for _ in 0..60 {
                (target.run)(&mutant(&corpus, &mut rng));
            }
        }
    }

    #[test]
    fn mutants_depend_on_the_seed_alone() {
        let corpus = vec![b"hello".to_vec(), b"world".to_vec()];
        let list = |seed| -> Vec<Vec<u8>> {
            let mut rng = Rng::new(seed);
            (0..50).map(|_| mutant(&corpus, &mut rng)).collect()
        };
        assert_eq!(list(1), list(1));
        assert_ne!(list(1), list(2));
    }
}
