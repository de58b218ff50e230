//! When memory is tight: near the limit, or because the host has no more.
//!
//! **Problem.** Small allocations never fail, and collections come at safepoints only. So a shortage must be noticed
//! while there is something left, and be told to the program at its next safepoint, again and again, but not so often
//! that what catches the error can't even clear up.
//!
//! **Design.** Memory is *tight* if the process has more resident than goes with the limit, or if the host refused
//! (the space is *starved*, see [`super::chunk`]). Becoming tight requests a poll. The safepoint then collects fully and
//! gives back to the host what it can: free chunks, pages of free blocks, what the allocator keeps. If memory is still
//! tight, the program gets an error.
//!
//! With the limit, that happens as long as it is exceeded; but a program that has been told may go on until it has used a
//! little more, or each handler that an error passes through would cost a collection. That may be so little beyond the
//! limit that it doesn't matter. When the host refuses there is the reserve; a program that
//! has been told may use half a megabyte of it until it is told again, and each time when little is left.
//!
//! The resident bytes may exceed the limit by an eighth: cells of dead and small objects between live ones count as well.
//!
//! **Refusals** for tests: a state can be told to refuse requests at random, as if the host had done so. All are that are made
//! fallibly and of more than a few bytes: large buffers and reservations, chunks (then the space is starved, although it gets
//! what it wants), and the collector's own lists.

use super::Heap;
use super::chunk::CHUNK;
use super::host;
use crate::stress::Random;
use std::cell::Cell;

/// Resident bytes beyond the limit that are granted in any case.
const SLACK: usize = 2 << 20;

/// With so much in free blocks, a starved program may go on.
const ENOUGH: usize = 2 * CHUNK;

/// What a program that was told may use until it is told again.
const GRACE: usize = 512 << 10;

/// Requests from this size on are tried out with the host: it may refuse them, and what isn't asked for is left.
const LARGE: usize = 1 << 20;

/// A program that has allocated less than this since a full collection has made no garbage worth another.
const BARELY: usize = 32 << 10;

/// The budget between two collections while memory is tight, if there is so much.
const TIGHT_BUDGET: usize = 256 << 10;

/// Sizes between those at which the allocator is made to give back what it keeps.
const TRIM_STEP: usize = 1 << 20;

/// So many bytes freed beside the heap matter when there is a limit.
const FREED_LIMITED: usize = 4 << 20;

/// So many matter in any case.
const FREED: usize = 256 << 20;

/// What is known of a shortage.
pub(super) struct Pressure {
    /// A starved program is told when less than this is in free blocks.
    tell_below: Cell<usize>,
    /// Whether it is to be told.
    tell: Cell<bool>,
    /// Bytes in use up to which a program that has been told goes on. See [`Heap::is_excused`].
    excused: Cell<usize>,
    /// Bytes beside the heap when the allocator was last made to give back memory.
    trimmed_at: Cell<usize>,
}

impl Default for Pressure {
    fn default() -> Pressure {
        Pressure {
            tell_below: Cell::new(ENOUGH),
            tell: Cell::new(false),
            excused: Cell::new(0),
            trimmed_at: Cell::new(0),
        }
    }
}

/// Refusals at random, for tests.
pub(super) struct Refusals {
    /// One in so many requests is refused; 0: none.
    one_in: Cell<usize>,
    random: Random,
}

impl Default for Refusals {
    fn default() -> Refusals {
        Refusals { one_in: Cell::new(0), random: Random::new(0) }
    }
}

impl Refusals {
    /// Whether the next request is to be refused.
    pub(super) fn is_next(&self) -> bool {
        self.one_in.get() > 0 && self.random.below(self.one_in.get()) == 0
    }
}

impl Heap {
    /// Refuses one in so many requests, chosen at random, as if the host had no memory; 0: none. For tests.
    pub fn set_refusals(&self, one_in: usize, seed: u64) {
        self.refusals.one_in.set(one_in);
        self.refusals.random.seed(seed);
    }

    /// Whether a request that isn't made of the heap itself is to be refused, for tests.
    pub(crate) fn refuses(&self) -> bool {
        self.refusals.is_next()
    }

    /// Says that somebody has freed up to so many bytes beside the heap that weren't charged. If they matter, and the
    /// program isn't to stop, Rust's allocator is made to give back what it keeps of them.
    pub(crate) fn has_freed_beside(&self, bytes: usize) {
        let matters = if self.policy.limit().is_some() { FREED_LIMITED } else { FREED };
        if bytes > matters && !self.must_stop() {
            host::trim_allocator();
        }
    }

    /// Bytes of physical memory the state takes at most.
    pub fn resident(&self) -> usize {
        self.space.resident() + self.account.beside.get()
    }

    /// Whether so many bytes more are within the limit.
    pub(crate) fn is_within_limit(&self, bytes: usize) -> bool {
        bytes <= self.left()
    }

    /// What of the limit is left.
    pub(super) fn left(&self) -> usize {
        self.policy.left(self.used_bytes())
    }

    /// Whether more is resident than goes with the limit.
    fn is_bloated(&self) -> bool {
        self.policy.limit().is_some_and(|limit| {
            self.resident() > limit.saturating_add(limit / 8).saturating_add(SLACK)
        })
    }

    /// Whether memory is tight.
    pub(super) fn is_tight(&self) -> bool {
        self.space.is_starved() || self.is_bloated()
    }

    /// Whether the limit is exceeded, so that a program is to be told.
    fn exceeds_limit(&self) -> bool {
        self.left_is_exceeded() || self.is_bloated()
    }

    /// Whether the program has been told that the limit is exceeded, and has allocated next to nothing since.
    pub(super) fn is_excused(&self) -> bool {
        !self.space.is_starved() && self.used_bytes() < self.pressure.excused.get()
    }

    /// What it may allocate before it is told again.
    pub(super) fn excused_bytes(&self) -> usize {
        self.pressure.excused.get().saturating_sub(self.used_bytes())
    }

    /// Has the program be told as soon as the limit is exceeded.
    pub(super) fn withdraw_excuse(&self) {
        self.pressure.excused.set(0);
    }

    /// Has the program be told if the limit is still exceeded after a full collection.
    pub(super) fn enforce_limit(&self) {
        let (exceeded, used) = (self.exceeds_limit(), self.used_bytes());
        if exceeded {
            self.pressure.tell.set(true);
        }
        let most = self.policy.limit().map_or(0, |limit| limit.saturating_add(limit / 32));
        let excused = if exceeded && used <= most { used + BARELY } else { 0 };
        self.pressure.excused.set(excused);
    }

    /// Whether hardly anything is left of the reserve, nor anything to be had from a collection: next to nothing has been
    /// allocated since the last full one.
    pub(super) fn is_exhausted(&self) -> bool {
        self.space.is_starved()
            && !self.distrust.get()
            && self.space.free_bytes() < GRACE / 2
            && self.used_bytes() < self.policy.full_end() + BARELY
    }

    /// The budget between two collections while memory is tight.
    pub(super) fn tight_budget(&self) -> usize {
        if self.space.is_starved() {
            TIGHT_BUDGET.min(self.space.free_bytes() / 2)
        } else {
            TIGHT_BUDGET
        }
    }

    /// Asks the host, when it is time, whether it has more memory.
    pub(super) fn probe_host(&self) {
        if self.account.is_probe_due()
            && !self.space.is_starved()
            && (self.refusals.is_next() || !host::has_room(0))
        {
            self.space.set_starved();
        }
    }

    /// Gives memory back to the host, at the end of a full collection that was made for it.
    pub(super) fn give_back(&self) {
        self.space.trim(0, &|| self.must_stop());
        self.space.drop_all_kept();
        self.space.decommit();
        let beside = self.account.beside.get();
        if beside.abs_diff(self.pressure.trimmed_at.get()) >= TRIM_STEP || self.is_tight() {
            self.pressure.trimmed_at.set(beside);
            host::trim_allocator();
        }
        if !self.space.is_starved() {
            return;
        }
        if !self.refusals.is_next() {
            self.space.relieve();
        }
        let (free, below) = (self.space.free_bytes(), self.pressure.tell_below.get());
        if !self.space.is_starved() || free >= ENOUGH {
            self.pressure.tell_below.set(ENOUGH);
        } else if free < below || free < GRACE {
            self.pressure.tell_below.set(free.saturating_sub(GRACE));
            self.pressure.tell.set(true);
        }
    }

    /// Whether the program is to get an error, because more is in use than the limit allows or the host has no more.
    /// Meaningful after a [`Heap::step`], which collects fully before it leaves memory tight.
    pub fn must_refuse(&self) -> bool {
        self.pressure.tell.take() || self.exceeds_limit() && !self.is_excused()
    }

    fn left_is_exceeded(&self) -> bool {
        self.policy.limit().is_some_and(|limit| self.used_bytes() > limit)
    }

    /// Whether so many bytes more may be used, now: within the limit, and granted by the host. If not, the caller, at a
    /// safepoint, collects fully and asks again.
    pub fn grants(&self, bytes: usize) -> bool {
        if bytes > self.left() || self.refusals.is_next() {
            return false;
        }
        if self.space.is_starved() {
            // A result may be made beside what it is made of.
            return self.space.has_room(bytes) && bytes <= self.space.free_bytes() / 2;
        }
        bytes < LARGE || host::has_room(bytes)
    }

    /// Whether so many bytes more may be used without a question to the host.
    #[inline]
    pub fn grants_readily(&self, bytes: usize) -> bool {
        bytes < LARGE && bytes <= self.left() && !self.space.is_starved()
    }

    /// How many bytes may be used at once, at most: of the limit and of what the host would grant, up to `wanted`.
    pub fn obtainable(&self, wanted: usize) -> usize {
        let mut bytes = wanted.min(self.left());
        if self.refusals.is_next() {
            bytes /= 16;
        }
        while bytes >= LARGE && !host::has_room(bytes) {
            bytes -= bytes / 4;
        }
        bytes
    }

    /// Whether the program must learn that the host has no more memory. Not while the state closes: there is none then.
    pub(crate) fn is_desperate(&self) -> bool {
        self.space.is_starved() && !self.finalizers.is_closing()
    }

    /// Has the program be told, at the next safepoint, that there is no memory.
    pub(crate) fn tell(&self) {
        self.pressure.tell.set(true);
        self.spend(usize::MAX);
    }

    /// Says that something about objects got lost for want of memory: the next collection is to be a full one, and soon.
    pub(crate) fn start_over(&self) {
        self.distrust.set(true);
        self.spend(usize::MAX);
    }

    /// The bytes of the last request that [`Heap::try_buffer`] refused.
    pub(crate) fn refused(&self) -> usize {
        self.refused.get()
    }

    /// Makes it so many bytes, for who needs more than one buffer at once.
    pub(crate) fn note_refused(&self, bytes: usize) {
        self.refused.set(bytes);
    }
}
