//! When to collect, and how much.
//!
//! **Design.** Allocation spends a *budget*; when it is used up, the collector is polled. What the budget is
//! depends on what comes next:
//!
//! - *Generational, idle*: the nursery, a share (`minormul`) of what is live, but at least [`NURSERY_MIN`], which
//!   fits a second-level cache, and at most [`NURSERY_MAX`].
//! - *Incremental, idle*: until memory in use reaches `pause` percent of what the last collection left.
//! - *Marking*: one increment's worth, with work in proportion (`stepmul`).
//!
//! A generational collector goes on to a major collection when memory in use after a minor one exceeds what
//! the last major one left by `minormajor` percent. If a major collection frees less than `majorminor`
//! percent of what had become old since the one before, the program is growing, and the next one is put
//! off twice as far.
//!
//! The limit clips every budget. Near it a full collection is made, so that exceeding it means that live objects do.

use super::cycle::Phase;
use super::stress::Stress;
use super::{Heap, POLL_GC};
use std::cell::Cell;

/// The least that is allocated between two minor collections.
const NURSERY_MIN: usize = 1 << 20;

/// The most that is allocated between two minor collections.
const NURSERY_MAX: usize = 8 << 20;

/// The least growth after which a major collection follows.
const MAJOR_MIN_GROWTH: usize = 4 << 20;

/// The least that is allocated between two cycles in incremental mode.
const PAUSE_MIN: usize = 64 << 10;

/// The least that is allocated between two increments.
const INCREMENT_MIN: usize = 128 << 10;

/// Bytes looked at for each byte allocated while marking, if `stepmul` is 100.
const WORK_PER_BYTE: usize = 3;

/// With less than this to the limit, or a sixteenth of the limit, a full collection is made.
const NEAR_LIMIT: usize = 256 << 10;

/// How the collector works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Frequent minor collections, and major ones when the old generation has grown.
    Generational,
    /// Major collections only, in increments.
    Incremental,
}

/// The numbers of `collectgarbage("param")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Percentage of live bytes at which an incremental collector starts its next cycle.
    Pause,
    /// Percentage that relates marking to allocation.
    StepMul,
    /// Bytes allocated between two increments; with 0, a cycle is done at once.
    StepSize,
    /// Percentage of live bytes allocated between two minor collections.
    MinorMul,
    /// See the module's text.
    MajorMinor,
    /// Percentage of growth after which a major collection follows.
    MinorMajor,
}

impl Param {
    /// All of them, in the order of their values in [`Policy`].
    const ALL: [(Param, &'static str, u32); 6] = [
        (Param::Pause, "pause", 250),
        (Param::StepMul, "stepmul", 200),
        (Param::StepSize, "stepsize", 9600),
        (Param::MinorMul, "minormul", 20),
        (Param::MajorMinor, "majorminor", 50),
        (Param::MinorMajor, "minormajor", 68),
    ];

    /// The parameter Lua calls so.
    pub fn from_name(name: &[u8]) -> Option<Param> {
        Param::ALL.iter().find(|p| p.1.as_bytes() == name).map(|p| p.0)
    }
}

/// What decides about collections.
pub(super) struct Policy {
    mode: Cell<Mode>,
    stopped: Cell<bool>,
    pub(super) stress: Stress,
    params: [Cell<u32>; Param::ALL.len()],
    limit: Cell<Option<usize>>,
    /// Bytes in use when the last major collection started and ended.
    major_start: Cell<usize>,
    major_end: Cell<usize>,
    /// Bytes in use that bring the next major collection.
    major_at: Cell<usize>,
    /// Bytes in use when the last full collection ended.
    full_end: Cell<usize>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            mode: Cell::new(Mode::Generational),
            stopped: Cell::new(false),
            stress: Stress::default(),
            params: Param::ALL.map(|p| Cell::new(p.2)),
            limit: Cell::new(None),
            major_start: Cell::new(0),
            major_end: Cell::new(0),
            major_at: Cell::new(MAJOR_MIN_GROWTH),
            full_end: Cell::new(0),
        }
    }
}

fn percent(bytes: usize, percent: u32) -> usize {
    (bytes as u128 * percent as u128 / 100).min(usize::MAX as u128 / 2) as usize
}

impl Policy {
    fn param(&self, p: Param) -> u32 {
        self.params[p as usize].get()
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode.get()
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.get()
    }

    pub(super) fn major_starts(&self, in_use: usize) {
        self.major_start.set(in_use);
    }

    pub(super) fn major_ended(&self, live: usize) {
        let promoted = self.major_start.get().saturating_sub(self.major_end.get());
        let freed = self.major_start.get().saturating_sub(live);
        let productive = freed >= percent(promoted, self.param(Param::MajorMinor));
        let growth = percent(live, self.param(Param::MinorMajor)).max(MAJOR_MIN_GROWTH);
        self.major_at.set(live.saturating_add(if productive { growth } else { growth * 2 }));
        self.major_end.set(live);
    }

    pub(super) fn full_end(&self) -> usize {
        self.full_end.get()
    }

    pub(super) fn full_ended(&self, live: usize) {
        self.full_end.set(live);
    }

    /// Bytes to be allocated before the next increment.
    fn increment_bytes(&self, in_use: usize) -> usize {
        // In proportion to the heap, so that large heaps don't collect in countless steps.
        INCREMENT_MIN.max(self.param(Param::StepSize) as usize).max(in_use / 256)
    }

    /// Work of an increment.
    pub(super) fn increment_work(&self, in_use: usize) -> usize {
        if self.param(Param::StepSize) == 0 {
            return usize::MAX;
        }
        percent(self.increment_bytes(in_use) * WORK_PER_BYTE, self.param(Param::StepMul).max(25))
    }

    fn nursery(&self, in_use: usize) -> usize {
        percent(in_use, self.param(Param::MinorMul)).clamp(NURSERY_MIN, NURSERY_MAX)
    }

    fn next_budget(&self, phase: Phase, in_use: usize) -> usize {
        if self.stress.is_on() {
            return 0;
        }
        match (phase, self.mode.get()) {
            (Phase::Marking(_), _) => self.increment_bytes(in_use),
            (Phase::Idle, Mode::Generational) => self.nursery(in_use),
            (Phase::Idle, Mode::Incremental) => {
                let start = percent(self.major_end.get(), self.param(Param::Pause));
                start.saturating_sub(in_use).max(PAUSE_MIN)
            }
        }
    }

    pub(super) fn limit(&self) -> Option<usize> {
        self.limit.get()
    }

    pub(super) fn left(&self, in_use: usize) -> usize {
        self.limit.get().map_or(usize::MAX, |limit| limit.saturating_sub(in_use))
    }
}

impl Heap {
    /// Sets the next budget.
    pub(super) fn rearm(&self) {
        let in_use = self.used_bytes();
        let mut budget = self.policy.next_budget(self.phase.get(), in_use);
        if self.is_tight() {
            budget = budget.min(self.tight_budget());
        }
        let left = self.policy.left(in_use).max(self.excused_bytes());
        self.account.budget.set(budget.min(left));
        if self.account.budget.get() == 0 {
            self.request_poll(POLL_GC);
        }
    }

    pub(super) fn major_is_due(&self) -> bool {
        self.used_bytes() > self.policy.major_at.get()
    }

    /// Whether the limit is so near that a full collection should be made.
    pub(super) fn near_limit(&self) -> bool {
        let Some(limit) = self.policy.limit.get() else { return self.is_tight() };
        if self.is_excused() {
            return false;
        }
        let in_use = self.used_bytes();
        let near = NEAR_LIMIT.min(limit / 16);
        let left = limit.saturating_sub(in_use);
        left == 0
            || self.is_tight()
            || (left < near && in_use >= self.policy.full_end.get().saturating_add(near))
    }

    /// The limit on memory, in bytes.
    pub fn limit(&self) -> Option<usize> {
        self.policy.limit.get()
    }

    /// Limits the account: the bytes in use, and (with some slack) what is resident.
    pub fn set_limit(&self, limit: Option<usize>) {
        self.policy.limit.set(limit);
        self.withdraw_excuse();
        self.rearm();
    }

    /// Sets the mode; returns the previous one.
    pub fn set_mode(&self, mode: Mode) -> Mode {
        let old = self.policy.mode.replace(mode);
        self.rearm();
        old
    }

    /// Sets a parameter; returns the previous value.
    pub fn set_param(&self, p: Param, value: u32) -> u32 {
        self.policy.params[p as usize].replace(value)
    }

    /// A parameter.
    pub fn param(&self, p: Param) -> u32 {
        self.policy.param(p)
    }

    /// Stops collecting on its own account (except at the limit).
    pub fn stop(&self) {
        self.policy.stopped.set(true);
    }

    /// Collects on its own account again.
    pub fn restart(&self) {
        self.policy.stopped.set(false);
        self.rearm();
    }

    /// Whether it collects on its own account.
    pub fn is_running(&self) -> bool {
        !self.policy.stopped.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_their_places() {
        for (i, (p, name, default)) in Param::ALL.into_iter().enumerate() {
            assert_eq!(p as usize, i);
            assert_eq!(Param::from_name(name.as_bytes()), Some(p));
            assert_eq!(Heap::new().set_param(p, 7), default);
        }
        assert_eq!(Param::from_name(b"gap"), None);
    }
}
