//! Collecting at every safepoint, for tests.
//!
//! **Problem.** A missing root or barrier does harm only if a collection comes at the wrong moment, so tests want
//! one at every safepoint. But every collection traces the stacks at least. In a program that recurses 200,000 deep,
//! one at every call takes hours; to leave such programs out is to leave out what strains the stacks most.
//!
//! **Design.** Work is paid for. A program starts with savings, and every safepoint earns an allowance; a collection
//! costs what it looks at ([`Account`]). As long as there is credit, every safepoint collects; while there is none, none
//! does. So all collections together cost at most the savings and a fixed sum per safepoint, whatever the program
//! does; and while heap and stacks are small, as in most tests, it is indeed every safepoint. Verifying the heap, which
//! costs more than most collections, has an account of its own.
//!
//! Collections come in *rounds* ([`Turn`]): first minor ones, which find what is missing about young objects; then
//! a major one in very short increments, so that the program stores into half-marked heaps; then full ones, after which
//! nothing garbage is left for a stale pointer to find intact. In a hostile build the lengths are random.
//!
//! **Rejected.** To leave the choice to a clock: a failure must come again when the program is run again.

use super::cycle::Phase;
use super::{Heap, RootSet};
use crate::stress::{Random, is_hostile};
use std::cell::Cell;

/// Minor collections of a round.
const MINOR: usize = 24;

/// Full collections of a round.
const FULL: usize = 4;

/// Work of an increment.
const INCREMENT: usize = 4 << 10;

/// What a program may spend on collections before the allowance counts, in bytes looked at.
pub(super) const SAVINGS: usize = 64 << 20;

/// What a safepoint earns.
pub(super) const ALLOWANCE: usize = 12 << 10;

/// What a major collection costs beyond marking, as a share of the bytes in use: sweeping, clearing weak references.
const SWEEP_SHARE: usize = 4;

/// An account of work.
#[derive(Default)]
struct Account(Cell<isize>);

impl Account {
    fn pay_in(&self, work: usize) {
        self.0.set(self.0.get().saturating_add_unsigned(work).min(SAVINGS as isize));
    }

    fn charge(&self, work: usize) {
        self.0.set(self.0.get().saturating_sub_unsigned(work));
    }

    fn has_credit(&self) -> bool {
        self.0.get() >= 0
    }
}

/// What the next collection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// A minor one, and so many more after it.
    Minor(usize),
    /// An increment of a major one.
    Mark,
    /// A full one, and so many more after it.
    Full(usize),
}

/// Whether collections are forced, and which comes next.
pub(super) struct Stress {
    on: Cell<bool>,
    turn: Cell<Turn>,
    collecting: Account,
    verifying: Account,
    random: Random,
}

impl Default for Stress {
    fn default() -> Stress {
        Stress {
            on: Cell::new(false),
            turn: Cell::new(Turn::Minor(MINOR)),
            collecting: Account::default(),
            verifying: Account::default(),
            random: Random::new(0),
        }
    }
}

impl Stress {
    pub(super) fn is_on(&self) -> bool {
        self.on.get()
    }

    fn earn(&self) {
        self.collecting.pay_in(ALLOWANCE);
        self.verifying.pay_in(ALLOWANCE / 2);
    }

    /// In a hostile build some number up to twice as large.
    fn about(&self, n: usize) -> usize {
        if is_hostile() { self.random.below(2 * n) } else { n }
    }
}

impl Heap {
    /// Collects at every safepoint, in changing ways, as far as the work is in proportion to the number of safepoints.
    /// Debug and hostile builds verify the heap after collections. `seed` is for what a hostile build chooses at random.
    pub fn set_stress(&self, on: bool, seed: u64) {
        let stress = &self.policy.stress;
        stress.on.set(on);
        stress.random.seed(seed);
        stress.collecting.pay_in(SAVINGS);
        stress.verifying.pay_in(SAVINGS);
        self.rearm();
    }

    /// A safepoint when collections are forced.
    pub(super) fn stress_step(&self, roots: &dyn RootSet) {
        let stress = &self.policy.stress;
        stress.earn();
        if !stress.collecting.has_credit() {
            return;
        }
        let before = (self.work.get(), self.stats.get().major);
        if self.distrust.get() {
            self.full(roots);
            return;
        }
        stress.turn.set(match stress.turn.get() {
            Turn::Minor(more) => {
                self.collect_minor(roots);
                more.checked_sub(1).map_or(Turn::Mark, Turn::Minor)
            }
            Turn::Mark => {
                if self.phase.get() == Phase::Idle {
                    self.start_major();
                }
                let done = self.increment(roots, stress.about(INCREMENT));
                if done { Turn::Full(stress.about(FULL)) } else { Turn::Mark }
            }
            Turn::Full(more) => {
                self.full(roots);
                more.checked_sub(1).map_or_else(|| Turn::Minor(stress.about(MINOR)), Turn::Full)
            }
        });
        stress.collecting.charge(self.work.get() - before.0);
        if self.stats.get().major != before.1 {
            // A hostile build overwrites all that is free.
            let swept = if is_hostile() { self.space.mapped() } else { self.live_bytes() };
            stress.collecting.charge(swept / SWEEP_SHARE);
        }
        if (cfg!(debug_assertions) || is_hostile()) && stress.verifying.has_credit() {
            let work = self.verify_heap(roots);
            stress.verifying.charge(work);
        }
    }
}
