//! Collections, from start to end.
//!
//! **Minor.** Roots, remembered objects, dirty cards and the coroutine that runs are traced through unmarked objects;
//! then everything that comes with the end of marking. At once, since what survives is little.
//!
//! **Major.** All marks are cleared. Then increments trace for a bounded time each, while the program runs. Objects
//! allocated meanwhile are white; a store into a traced object remembers it. When the stack is empty, roots and
//! remembered objects are traced once more in increments, a few times while that finds much, so that
//! the last time, which is done at once, finds little.
//!
//! No minor collection happens while a major one marks: what it would know of old objects was cleared.

use super::chunk::{BlockUse, is_marked};
use super::mark::Marker;
use super::size::{BLOCK, CELL, cells};
use super::{Heap, POLL_FINALIZER, POLL_GC, RootSet};
use crate::heap::policy::Mode;

/// What the collector is doing between safepoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing.
    Idle,
    /// A major collection marks. The roots may be traced again in increments so many times.
    Marking(u8),
}

/// A heap that can be marked in less than ten milliseconds isn't larger.
const LARGE_HEAP: usize = 8 << 20;

/// Bytes looked at between two questions whether there is an interrupt.
const WORK_PER_QUESTION: usize = 1 << 20;

/// How often a major collection traces its roots again before its end.
const ROUNDS: u8 = 4;

/// The largest stack of marking that is kept for the next collection.
const KEPT_STACK: usize = 64 << 10;

impl Heap {
    /// Does what [`POLL_GC`] asks for: an increment or a minor collection. To be called at a safepoint.
    pub fn step(&self, roots: &dyn RootSet) {
        let asked = self.poll_bits();
        self.clear_poll(POLL_GC | POLL_FINALIZER);
        if asked & POLL_GC == 0 || self.busy.get() {
            return;
        }
        self.probe_host();
        if !self.policy.is_stopped() {
            if self.policy.stress.is_on() {
                self.stress_step(roots);
            } else {
                self.basic_step(roots);
            }
        }
        if self.is_exhausted() {
            // The last collection has just found nothing.
            self.tell();
        } else if self.near_limit() || self.distrust.get() {
            self.full(roots);
            self.give_back();
            self.enforce_limit();
            if self.distrust.get() {
                // There is too little memory for marking.
                self.tell();
            }
        }
        self.rearm();
    }

    /// A full collection: everything unreachable now is freed.
    pub fn collect_full(&self, roots: &dyn RootSet) {
        if !self.busy.get() {
            self.full(roots);
            if self.is_tight() {
                self.give_back();
            }
            self.rearm();
        }
    }

    /// The same, and gives back to the host what it can.
    pub fn collect_for_room(&self, roots: &dyn RootSet) {
        if !self.busy.get() {
            self.full(roots);
            self.give_back();
            self.rearm();
        }
    }

    /// A minor collection; if a major one is under way, it is finished instead.
    pub fn collect_minor(&self, roots: &dyn RootSet) {
        if !self.busy.get() {
            match self.phase.get() {
                _ if self.distrust.get() => self.full(roots),
                Phase::Idle => self.minor(roots),
                Phase::Marking(_) => self.finish_major(roots),
            }
            self.rearm();
        }
    }

    /// `collectgarbage("step", bytes)`: behaves as if so many bytes had been allocated; with 0, does one step.
    /// Whether that finished a major collection.
    pub fn collect_step(&self, roots: &dyn RootSet, bytes: usize) -> bool {
        if self.busy.get() {
            return false;
        }
        if bytes > 0 {
            let left = self.account.budget.get().saturating_sub(bytes);
            self.account.budget.set(left);
            if left > 0 {
                return false;
            }
        }
        let finished = self.basic_step(roots);
        self.rearm();
        finished
    }

    /// One step; whether it finished a major collection.
    fn basic_step(&self, roots: &dyn RootSet) -> bool {
        if self.distrust.get() {
            self.full(roots);
            return true;
        }
        if self.phase.get() == Phase::Idle {
            if self.policy.mode() == Mode::Generational {
                self.minor(roots);
                if self.phase.get() == Phase::Idle && self.major_is_due() {
                    self.start_major();
                }
                return false;
            }
            self.start_major();
        }
        self.increment(roots, self.policy.increment_work(self.used_bytes()))
    }

    /// Runs `f` with the state of marking.
    fn with_marker<R>(&self, f: impl FnOnce(&mut Marker<'_>) -> R) -> R {
        self.busy.set(true);
        let state = self.marking.take();
        let refusals = &self.refusals;
        let mut m = Marker { refusals, state, work: 0, hooked: false, verifying: None };
        let result = f(&mut m);
        self.work.set(self.work.get().wrapping_add(m.work));
        self.marking.replace(m.state);
        self.busy.set(false);
        result
    }

    /// Traces all that may refer to an unmarked object.
    fn trace_sources(&self, roots: &dyn RootSet, m: &mut Marker<'_>) {
        m.rescan_open();
        roots.trace_roots(m);
        self.finalizers.trace_due(m);
        self.remembered.trace(m);
    }

    /// The end of marking, minor or major, and what comes with it.
    fn finish_marking(&self, roots: &dyn RootSet, major: bool) {
        self.retire_runs();
        self.with_marker(|m| {
            self.trace_sources(roots, m);
            m.drain();
            m.finish_weak(self, major);
            if m.state.overflowed {
                self.keep_everything();
            }
            // SAFETY: only addresses of objects that were alive when marking began are asked for.
            roots.clear_weak(self, &|p| !unsafe { is_marked(p as usize) }, major);
            self.owned.sweep(major);
            m.state.overflowed = false;
            if m.state.stack.capacity() > KEPT_STACK {
                m.state.stack = Vec::new();
            }
        });
        if self.has_finalizable() {
            self.request_poll(POLL_FINALIZER);
        }
    }

    /// Marks all cells: what there was no memory to trace might be anything. The next collection starts over.
    fn keep_everything(&self) {
        self.distrust.set(true);
        self.space.for_each_block(|block, usage| match usage {
            BlockUse::Cells(class) => block.mark_all(CELL[class], cells(class)),
            BlockUse::Span => block.mark_all(BLOCK, 1),
            BlockUse::Free | BlockUse::SpanRest => {}
        });
    }

    fn minor(&self, roots: &dyn RootSet) {
        let young = self.in_use.get().saturating_sub(self.swept.get());
        if young > LARGE_HEAP && !self.mark_unless_interrupted(roots) {
            // What has been marked is of no use to a later minor collection, which wouldn't trace it.
            return self.start_major();
        }
        self.finish_marking(roots, false);
        self.sweep_minor();
        self.count(|s| s.minor += 1);
    }

    pub(super) fn start_major(&self) {
        self.retire_runs();
        self.policy.major_starts(self.used_bytes());
        self.space.for_each_block(|block, usage| match usage {
            BlockUse::Cells(_) | BlockUse::Span => block.clear_marks(),
            BlockUse::Free | BlockUse::SpanRest => {}
        });
        self.forget_blocks();
        self.cells_live.set(0);
        self.remembered.forget();
        self.marking.take();
        self.phase.set(Phase::Marking(ROUNDS));
    }

    /// An increment of a major collection; whether it was the last.
    pub(super) fn increment(&self, roots: &dyn RootSet, work: usize) -> bool {
        self.count(|s| s.steps += 1);
        let done = self.with_marker(|m| {
            if !m.drain_some(work) {
                return false;
            }
            match self.phase.get() {
                Phase::Idle | Phase::Marking(0) => true,
                Phase::Marking(rounds) => {
                    self.phase.set(Phase::Marking(rounds - 1));
                    self.trace_sources(roots, m);
                    m.drain_some(work.saturating_sub(m.work))
                }
            }
        });
        if done {
            self.finish_major(roots);
        }
        done
    }

    fn finish_major(&self, roots: &dyn RootSet) {
        self.finish_marking(roots, true);
        self.sweep_major();
        self.phase.set(Phase::Idle);
        self.policy.major_ended(self.used_bytes());
        self.count(|s| s.major += 1);
    }

    /// Marks most of what there is to mark, so that the rest is quickly done. False if the program is to stop; a major collection
    /// is under way then, and goes on like any other if the program does.
    fn mark_unless_interrupted(&self, roots: &dyn RootSet) -> bool {
        self.with_marker(|m| {
            self.trace_sources(roots, m);
            while !m.drain_some(WORK_PER_QUESTION) {
                if self.must_stop() {
                    return false;
                }
            }
            true
        })
    }

    pub(super) fn full(&self, roots: &dyn RootSet) {
        self.distrust.set(false);
        // Objects that a collection under way has marked may have died since, so it starts again.
        self.start_major();
        if self.live_bytes() > LARGE_HEAP && !self.mark_unless_interrupted(roots) {
            return;
        }
        self.finish_major(roots);
        self.policy.full_ended(self.used_bytes());
    }
}
