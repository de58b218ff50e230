//! The heap: allocation and garbage collection.
//!
//! **Problem.** Lua programs allocate small objects at a high rate, and most die at once; some build large
//! structures that must not be walked again for every piece of garbage; no pause may grow with the heap more
//! than necessary. Compiled code keeps raw pointers in registers, so objects must not move.
//!
//! **Design.** A precise, non-moving, generational and incremental mark–sweep collector.
//!
//! ```text
//!   alloc ──run empty──► next run of free cells (alloc.rs) ──► next block (chunk.rs) ──► next chunk
//!                                 │ budget used up
//!                                 ▼
//!                        POLL_GC, seen at the next safepoint ──► step (cycle.rs)
//!                                                                  │
//!               ┌──────────────── generational ────────────────────┤
//!               ▼                                                  ▼
//!   minor: trace from roots, remembered         major: clear marks; mark in steps; finish at once
//!   objects, dirty cards, what runs               │
//!               └────────────┬───────────────────┘
//!                            ▼
//!   weak tables and finalizers (weak.rs, finalize.rs), sweep (sweep.rs), next budget (policy.rs)
//! ```
//!
//! *Generations* are sticky mark bits: a marked object is old, an unmarked one is young. A minor collection
//! traces unmarked objects only, and what it marks is old. A major collection clears the marks first.
//!
//! *Sweeping* is what allocation does: cells without a mark are free, and a block of them is handed out in
//! runs, front to back. So nothing is written to dead objects, and a block without marks is free as a whole.
//! What is lazy about it changes nothing that a program can see: weak references are cleared, large objects
//! freed and owners dropped when marking ends.
//!
//! *One barrier* serves both: the state byte of the object that is written to ([`Heap::barrier`]).
//!
//! *Memory* comes from the host in chunks of our own ([`host`], [`chunk`]). What is beside the heap is charged to the same
//! account ([`account`]). When there is no more, small allocations live on a reserve until the program comes to a safepoint
//! and is told ([`pressure`]); what may be of any size is asked for by [`Heap::try_buffer`] and can be refused.
//!
//! **Invariants.**
//! - Between collections, cells behind a block's cursor are live (or garbage nobody looks for before the next
//!   collection), and those before it are as their marks say. A collection starts by retiring all runs.
//! - While a major collection marks, marks say nothing about what is free; allocation then uses empty blocks
//!   only, which it takes fresh.
//! - State `BLACK` implies old, or traced in this cycle; or the cycle before, if it isn't marked.
//! - The coroutine that runs is never `BLACK`: its stack is written without barrier, so every collection traces it. Any
//!   other is an object like others, whose stack is written with the barrier; it is traced again if it has run.
//! - Allocation never collects. Nothing allocates during a collection.
//!
//! **Rejected.** A second mark bitmap, so that holes can be filled while a major collection marks: it doubles
//! the metadata, to save part of a peak that incremental marking has anyway. Ageing young objects for a second
//! minor collection: it needs a barrier between the two young generations or copying.

mod account;
mod alloc;
mod barrier;
mod chunk;
mod cycle;
mod finalize;
mod host;
mod list;
mod mark;
mod policy;
mod pressure;
mod size;
mod stress;
mod sweep;
#[cfg(test)]
mod tests;
mod verify;
mod weak;
mod weak_list;

pub use account::Charge;
pub use alloc::Run;
pub(crate) use host::prefer_large_pages;
pub use mark::Marker;
pub(crate) use mark::Part;
pub use policy::{Mode, Param};
pub use size::CLASSES;
pub use weak::{EntryFate, WeakKind};
pub(crate) use weak_list::WeakList;

use crate::object::{Gc, HeapObject};
use crate::value::{Value, tag};
use account::Account;
use alloc::ClassBlocks;
use barrier::Remembered;
use chunk::Space;
use cycle::Phase;
use finalize::{Finalizers, Owned};
use mark::MarkState;
use policy::Policy;
use pressure::{Pressure, Refusals};
use std::cell::{Cell, RefCell};
use std::mem::offset_of;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

/// Poll bit: the collector wants [`Heap::step`] to be called.
pub const POLL_GC: u8 = 1;
/// Poll bit: the program is to be interrupted.
pub const POLL_INTERRUPT: u8 = 2;
/// Poll bit: a hook is due.
pub const POLL_HOOK: u8 = 4;
/// Poll bit: finalizers are due.
pub const POLL_FINALIZER: u8 = 8;

/// Poll bit: safepoints are being counted, until a kill is due (see [`crate::stress`]).
pub const POLL_COUNTED: u8 = 16;

/// What the collector asks the rest of the state.
pub trait RootSet {
    /// Reports every root.
    fn trace_roots(&self, m: &mut Marker<'_>);

    /// Clears weak references to dead objects, outside of weak tables. `major` is false if only objects
    /// allocated since the last collection can have died. Must not allocate.
    fn clear_weak(&self, heap: &Heap, is_dead: &dyn Fn(*const u8) -> bool, major: bool);
}

/// How many collections there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeapStats {
    /// Minor collections.
    pub minor: u64,
    /// Major collections, finished ones.
    pub major: u64,
    /// Increments of marking.
    pub steps: u64,
    /// How often a program was told that there is no memory.
    pub refused: u64,
    /// Bytes obtained from the operating system for objects.
    pub mapped: usize,
}

/// A garbage-collected heap.
#[repr(C)]
pub struct Heap {
    poll: Arc<AtomicU8>,
    phase: Cell<Phase>,
    /// Whether a collection is under way on the native stack.
    busy: Cell<bool>,
    account: Rc<Account>,
    /// Bytes handed out and not known to be garbage; current runs included as a whole.
    in_use: Cell<usize>,
    runs: [Run; CLASSES],
    classes: [ClassBlocks; CLASSES],
    /// `in_use` when the last collection ended.
    swept: Cell<usize>,
    /// Of `in_use`: marked cells of size-class blocks, when the last collection ended.
    cells_live: Cell<usize>,
    space: Space,
    pressure: Pressure,
    refusals: Refusals,
    /// The bytes of the last request that was refused.
    refused: Cell<usize>,
    /// Until then an interrupt doesn't stop what runs.
    lenient_until: Cell<Option<Instant>>,
    /// Whether the collector has lost track of something for want of memory, so that it must start over.
    distrust: Cell<bool>,
    remembered: Remembered,
    owned: Owned,
    finalizers: Finalizers,
    marking: RefCell<MarkState>,
    policy: Policy,
    stats: Cell<HeapStats>,
    /// Bytes that marking has looked at so far, roughly.
    work: Cell<usize>,
}

/// Offset in [`Heap`] of the pointer to the poll byte, which lies behind the two counts of an `Arc`.
pub const POLL_OFFSET: usize = offset_of!(Heap, poll);

/// Offset of the first [`Run`] in [`Heap`]; that of class `c` follows at `c * size_of::<Run>()`.
pub const RUNS_OFFSET: usize = offset_of!(Heap, runs);

impl Heap {
    /// An empty heap without limit.
    pub fn new() -> Heap {
        let poll: Arc<AtomicU8> = Arc::default();
        let account = Rc::new(Account::new(poll.clone()));
        let heap = Heap {
            poll,
            phase: Cell::new(Phase::Idle),
            busy: Cell::new(false),
            in_use: Cell::new(0),
            runs: [const { Run::empty() }; CLASSES],
            classes: std::array::from_fn(|_| ClassBlocks::default()),
            cells_live: Cell::new(0),
            space: Space::new(),
            pressure: Pressure::default(),
            refusals: Refusals::default(),
            lenient_until: Cell::new(None),
            swept: Cell::new(0),
            refused: Cell::new(0),
            distrust: Cell::new(false),
            remembered: Remembered::default(),
            owned: Owned::new(&account),
            finalizers: Finalizers::new(&account),
            account,
            marking: RefCell::default(),
            policy: Policy::default(),
            stats: Cell::default(),
            work: Cell::new(0),
        };
        heap.rearm();
        heap
    }

    /// Allocates an object.
    #[inline]
    pub fn alloc<'g, T: HeapObject>(&'g self, init: T) -> Gc<'g, T> {
        let p = self.alloc_const::<T>();
        // SAFETY: a fresh cell of at least this size; nothing has seen it yet.
        unsafe { self.publish(p, init) }
    }

    /// Allocates an object with `tail_bytes` of uninitialized memory right behind it.
    #[inline]
    pub fn alloc_with_tail<'g, T: HeapObject>(&'g self, init: T, tail_bytes: usize) -> Gc<'g, T> {
        let p = self.alloc_buffer(size_of::<T>() + tail_bytes);
        // SAFETY: a fresh cell of at least this size; nothing has seen it yet.
        unsafe { self.publish(p, init) }
    }

    /// # Safety
    /// `p` is a new cell with room for a `T`.
    #[inline(always)]
    unsafe fn publish<'g, T: HeapObject>(&'g self, p: *mut u8, init: T) -> Gc<'g, T> {
        const { assert!(align_of::<T>() <= 8) };
        let p = p.cast::<T>();
        // SAFETY: by the caller's promise; cells are aligned to 8 bytes. The object is alive up to the next
        // safepoint, which `'g` ends before.
        let object = unsafe {
            p.write(init);
            Gc::from_ptr(p)
        };
        if T::OWNS {
            self.owned.add(p.cast());
        }
        object
    }

    /// An integer as a value: inline, or in a cell of its own.
    #[inline]
    pub fn int<'g>(&'g self, i: i64) -> Value<'g> {
        match Value::try_int(i) {
            Some(v) => v,
            None => self.int_cell(i),
        }
    }

    /// An integer in a cell of its own, whether or not it fits. Where it does, this is no proper value: a program
    /// must never get hold of it.
    #[inline]
    pub(crate) fn int_cell<'g>(&'g self, i: i64) -> Value<'g> {
        let p = self.alloc_const::<i64>();
        // SAFETY: a fresh cell of 8 bytes.
        unsafe { p.cast::<i64>().write(i) };
        Value::pointer(tag::BIG_INT, p)
    }

    /// What waits for a safepoint: a set of `POLL_*` bits.
    #[inline(always)]
    pub fn poll_bits(&self) -> u8 {
        self.poll.load(Ordering::Relaxed)
    }

    /// Whether what takes long is to be given up, as the program is to stop. Whoever does so says that there is no memory
    /// ([`crate::table::KeyError::Memory`]), and the safepoint that follows from it ends the program.
    #[inline]
    pub(crate) fn must_stop(&self) -> bool {
        self.poll_bits() & POLL_INTERRUPT != 0
            && self.lenient_until.get().is_none_or(|until| Instant::now() >= until)
    }

    /// Has what runs go on until then, although there is an interrupt.
    pub(crate) fn set_lenient(&self, until: Option<Instant>) {
        self.lenient_until.set(until);
    }

    /// The poll byte, for those who ask from outside.
    pub(crate) fn poll_byte(&self) -> Arc<AtomicU8> {
        self.poll.clone()
    }

    /// Where the poll byte is, for compiled code.
    pub(crate) fn poll_address(&self) -> *const u8 {
        self.poll.as_ptr()
    }

    /// Asks for something to be done at the next safepoint.
    pub fn request_poll(&self, bits: u8) {
        self.poll.fetch_or(bits, Ordering::Relaxed);
    }

    /// Takes requests back.
    pub fn clear_poll(&self, bits: u8) {
        // Ordered before what the caller looks at next, to see whether somebody has asked anew.
        self.poll.fetch_and(!bits, Ordering::SeqCst);
    }

    /// Bytes in use: what was live when the last collection ended, and what was handed out since. Exact: equal
    /// states of a program give equal figures.
    pub fn live_bytes(&self) -> usize {
        let unused: usize = self.runs.iter().map(Run::unused).sum();
        self.in_use.get() - unused
    }

    /// The account: bytes in use in the heap, and those that are charged beside it.
    pub fn used_bytes(&self) -> usize {
        self.live_bytes() + self.account.beside.get()
    }

    /// A charge of nothing yet.
    pub fn charge(&self) -> Charge {
        Charge::new(&self.account)
    }

    /// How many collections there were.
    pub fn stats(&self) -> HeapStats {
        HeapStats { mapped: self.space.mapped(), ..self.stats.get() }
    }

    /// Counts that a program is told that there is no memory.
    pub(crate) fn note_error(&self) {
        self.count(|s| s.refused += 1);
    }

    fn count(&self, f: impl FnOnce(&mut HeapStats)) {
        let mut stats = self.stats.get();
        f(&mut stats);
        self.stats.set(stats);
    }
}

impl Default for Heap {
    fn default() -> Heap {
        Heap::new()
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // SAFETY: the heap ends; no object is used any more.
        unsafe { self.owned.drop_all() };
    }
}
