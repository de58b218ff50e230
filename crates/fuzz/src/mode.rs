//! What is fuzzed, and what is made of it: the modes of the fuzzer.
//!
//! | mode | programs | conditions | what must come out |
//! |---|---|---|---|
//! | `programs` | of all the grammar | | what the reference implementation prints |
//! | `chunks` | the same, as binary chunks changed at random ([`crate::chunks`]) | little memory | the same from all tiers |
//! | `debug` | about the debug library, on every kind of frame | it has the library | the same from all tiers |
//! | `endings` | about what happens while the state is closed | | what the reference implementation prints |
//! | `kills` | of the two before, of all the grammar, and about what takes memory in one piece | killed at a random safepoint | anything, but soon |
//! | `memory` | the same | a random, small limit of memory | anything, but soon |
//! | `refusals` | the same | requests for memory are refused at random | of the last two, what the reference implementation prints, up to the first error for want of memory |
//!
//! "The same from all tiers" leaves those configurations out that collect garbage when others don't, since finalizers and
//! weak tables tell; programs run in them all the same. After a kill, or when memory has run out, the heap is verified and the
//! state used for another program, and must be good for it.

use crate::ast::Block;
use crate::engine::{Conditions, Engine, Refusals};
use crate::rng::Rng;
use crate::{chunks, generate, prelude, print};
use perilune::settings::CONFIGURATIONS;
use std::time::Duration;

/// A mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Programs of all the grammar.
    Programs,
    /// Binary chunks.
    Chunks,
    /// The debug library.
    Debug,
    /// What happens while a state is closed.
    Endings,
    /// Kills.
    Kills,
    /// Too little memory.
    Memory,
    /// Memory that is refused now and then.
    Refusals,
}

/// The programs of modes in which they come to a bad end.
enum About {
    Inspection,
    Ending,
    Everything,
    Large,
}

impl About {
    fn of(seed: u64) -> About {
        match seed % 5 {
            0 => About::Inspection,
            1 => About::Ending,
            2 => About::Everything,
            _ => About::Large,
        }
    }
}

impl Mode {
    /// All of them, with their names.
    pub const ALL: &'static [(&'static str, Mode)] = &[
        ("programs", Mode::Programs),
        ("chunks", Mode::Chunks),
        ("debug", Mode::Debug),
        ("endings", Mode::Endings),
        ("kills", Mode::Kills),
        ("memory", Mode::Memory),
        ("refusals", Mode::Refusals),
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        Mode::ALL.iter().find(|m| m.1 == self).map_or("", |m| m.0)
    }

    /// The program of a seed.
    pub fn program(self, seed: u64) -> Block {
        match self {
            Mode::Programs | Mode::Chunks => generate::program(seed),
            Mode::Debug => generate::program_about(seed, "inspection"),
            Mode::Endings => generate::program_about(seed, "ending"),
            Mode::Kills | Mode::Memory | Mode::Refusals => match About::of(seed) {
                About::Inspection => generate::program_about(seed, "inspection"),
                About::Ending => generate::program_about(seed, "ending"),
                About::Everything => generate::program(seed),
                About::Large => generate::program_about(seed, "large"),
            },
        }
    }

    /// What the engines run for a program: its text, or a chunk. Nothing if there is nothing to be made of it.
    pub fn source(self, program: &Block, seed: u64, name: &str) -> Option<Vec<u8>> {
        let text = prelude::with_helpers(&print::program(program));
        match self {
            Mode::Programs | Mode::Kills | Mode::Memory | Mode::Refusals => Some(text),
            Mode::Chunks => chunks::changed(&text, name.as_bytes(), seed),
            // When garbage is collected isn't the same everywhere.
            Mode::Debug | Mode::Endings => Some([b"collectgarbage('stop')\n", &text[..]].concat()),
        }
    }

    /// The conditions for a seed.
    pub fn conditions(self, seed: u64) -> Conditions {
        // Not the numbers that the program was made of.
        let mut rng = Rng::new(!seed);
        // Small numbers are likelier than large ones.
        let mut number = |low: i64, high: i64| {
            let most = rng.range(low.ilog2().into(), high.ilog2().into());
            rng.range(low, (2i64 << most).min(high)) as u64
        };
        let inspects = matches!(About::of(seed), About::Inspection);
        match self {
            Mode::Programs => Conditions::default(),
            Mode::Endings => Conditions { closes: true, ..Conditions::default() },
            Mode::Chunks => Conditions { memory: Some(64 << 20), ..Conditions::default() },
            Mode::Debug => Conditions { debug: true, ..Conditions::default() },
            Mode::Kills => Conditions {
                debug: inspects,
                kill_after: Some(number(1, 1 << 14)),
                ..Conditions::default()
            },
            Mode::Memory => Conditions {
                debug: inspects,
                memory: Some(number(200 << 10, 16 << 20)),
                // Meddling with variables makes loops that don't end.
                kill_after: Some(300_000),
                ..Conditions::default()
            },
            Mode::Refusals => Conditions {
                debug: inspects,
                refusals: Some(Refusals { one_in: number(1, 1 << 10), seed }),
                kill_after: inspects.then_some(300_000),
                ..Conditions::default()
            },
        }
    }

    /// Who says what should come out. Nobody, if anything may.
    pub fn judge(self, seed: u64) -> Option<Engine> {
        match self {
            Mode::Programs | Mode::Endings => Some(Engine::Reference),
            Mode::Chunks | Mode::Debug => CONFIGURATIONS.first().map(Engine::Perilune),
            // The others tell when garbage is collected.
            Mode::Refusals if matches!(About::of(seed), About::Everything | About::Large) => {
                Some(Engine::Reference)
            }
            Mode::Kills | Mode::Memory | Mode::Refusals => None,
        }
    }

    /// Whether what an engine prints is to be what the judge says, if there is one.
    pub fn compares(self, engine: Engine) -> bool {
        match self {
            Mode::Programs | Mode::Endings | Mode::Refusals => true,
            Mode::Chunks | Mode::Debug => !engine.name().starts_with("gc-stress"),
            Mode::Kills | Mode::Memory => false,
        }
    }

    /// How long a program may take the judge. Programs of the grammar end soon, others may not.
    pub fn limit(self) -> Duration {
        match self {
            Mode::Programs | Mode::Endings => Duration::from_secs(1),
            Mode::Chunks | Mode::Debug => Duration::from_millis(250),
            Mode::Kills | Mode::Memory | Mode::Refusals => Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_makes_programs_that_run() {
        for (name, mode) in Mode::ALL {
            let mut made = 0;
            for seed in 0..30 {
                let program = mode.program(seed);
                let Some(source) = mode.source(&program, seed, "@fuzz") else { continue };
                assert_eq!(mode.source(&program, seed, "@fuzz"), Some(source.clone()), "{name}");
                assert_eq!(mode.conditions(seed), mode.conditions(seed));
                made += 1;
                if *mode == Mode::Debug || *mode == Mode::Endings {
                    let output = Engine::Reference.run(&source, "@fuzz", &mode.conditions(seed));
                    let shown = String::from_utf8_lossy(&output);
                    assert!(!shown.starts_with("syntax error"), "{shown}\n{name} {seed}");
                }
            }
            assert!(made > 15, "{name}: {made}");
            assert_eq!(mode.name(), *name);
        }
    }
}
