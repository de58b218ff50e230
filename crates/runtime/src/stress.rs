//! Making mistakes show: what tests ask of a state, and what a hostile build adds.
//!
//! **Problem.** A forgotten root, a missing barrier, a pointer into a stack that has moved or a read of a dead
//! register goes unnoticed nearly always: the memory still holds what it held. It should fail at once, and again when
//! the program is run again.
//!
//! **Design.** Any build can be asked for [`Stress`], which changes when things happen but nothing that a program
//! may rely on: collections at every safepoint ([`crate::heap`]), and stacks that are as small as they can be and
//! move whenever they grow ([`crate::thread`]).
//!
//! The feature `hostile` makes a build in which both are the default, and what is dead is destroyed: freed cells
//! are filled with [`POISON`], and so are, at every collection, the stack slots that the collector doesn't look at, with
//! values that can't be used without a crash ([`dead_slot`]). Thresholds are tiny ([`crate::tuning`]), and how it is
//! collected is chosen at random, from a seed ([`Random`]). Stacks move at safepoints, too, where they might.
//!
//! An interrupt may come anywhere, but those of tests come when a timer says so, which is hardly ever in the few
//! instructions that matter. [`Stress::kill_after`] names the safepoint at which one comes; until then every safepoint is
//! polled.
//!
//! [`Stress::refuse`] refuses requests for memory at random ([`crate::heap`]).
//!
//! All of it is deterministic, given the seed.

use crate::cx::Cx;
use crate::heap::POLL_COUNTED;
use crate::interrupt::Interrupt;
use crate::value::{Value, tag};
use std::cell::Cell;
use std::hash::{BuildHasher, Hasher, RandomState};

/// What freed memory is filled with in a hostile build.
pub(crate) const POISON: u8 = 0xDB;

/// Whether this is a hostile build.
pub const fn is_hostile() -> bool {
    cfg!(feature = "hostile")
}

/// What a state is to be put through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stress {
    /// A collection at every safepoint, in changing ways.
    pub collect: bool,
    /// Stacks start as small as they can be, grow by as little as they can, and move when they do.
    pub tiny_stacks: bool,
    /// A kill, as by somebody outside, at the safepoint with this number: the first is 0.
    pub kill_after: Option<u64>,
    /// One in so many requests for memory is refused, as if the host had none; those that can't be refused aside.
    pub refuse: Option<u64>,
    /// Where random numbers come from, so that a run can be repeated; without, they differ from state to state.
    pub seed: Option<u64>,
}

impl Default for Stress {
    fn default() -> Stress {
        Stress {
            collect: is_hostile(),
            tiny_stacks: is_hostile(),
            kill_after: None,
            refuse: None,
            seed: None,
        }
    }
}

impl Stress {
    /// The seed for a purpose.
    pub(crate) fn seed_for(&self, purpose: Purpose) -> u64 {
        match self.seed {
            // Programs see numbers made from the one and must not guess the other.
            Some(seed) => mix(seed.wrapping_add(purpose as u64)),
            None => RandomState::new().build_hasher().finish(),
        }
    }
}

impl Cx {
    /// Has every safepoint counted, if there is one at which a kill is to come.
    pub(crate) fn begin_counting(&self) {
        if self.stress.kill_after.is_some() {
            self.heap.request_poll(POLL_COUNTED);
        }
    }

    /// Counts a safepoint.
    pub(crate) fn count_safepoint(&mut self) {
        match &mut self.stress.kill_after {
            None => {}
            Some(left @ 1..) => *left -= 1,
            Some(0) => {
                self.stress.kill_after = None;
                self.heap.clear_poll(POLL_COUNTED);
                self.interrupt.interrupt(Interrupt::Timeout);
            }
        }
    }
}

/// What seeds are for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// Hashes of strings.
    Hashes,
    /// `math.random`.
    Library,
    /// When a hostile build collects how.
    Collections,
    /// Which requests for memory are refused.
    Refusals,
}

/// The mixing of SplitMix64.
fn mix(mut x: u64) -> u64 {
    x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ x >> 31
}

/// A dead slot's content: it refers to an object at an address that no object can have.
pub(crate) fn dead_slot() -> Value<'static> {
    Value::from_bits(tag::OBJECT << 48 | u64::from_ne_bytes([POISON; 8]) >> 16)
}

/// A generator of random numbers, good enough for choices of tests.
pub(crate) struct Random(Cell<u64>);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(Cell::new(seed))
    }

    pub(crate) fn seed(&self, seed: u64) {
        self.0.set(seed);
    }

    /// A number below `n`, or 0.
    pub(crate) fn below(&self, n: usize) -> usize {
        self.0.set(self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15));
        ((u128::from(mix(self.0.get())) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_repeat_and_spread() {
        let (a, b) = (Random::new(7), Random::new(7));
        let numbers: Vec<usize> = (0..1000).map(|_| a.below(10)).collect();
        assert!(numbers.iter().all(|n| *n == b.below(10)));
        for wanted in 0..10 {
            assert!((50..150).contains(&numbers.iter().filter(|n| **n == wanted).count()));
        }
        assert_eq!(a.below(0), 0);
    }
}
