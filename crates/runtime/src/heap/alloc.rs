//! Allocation: bump runs, the blocks they come from, buffers and large objects.
//!
//! **Design.** Each size class has a *run*, a stretch of free cells of one block. Allocating a cell bumps a
//! pointer; compiled code does it inline, from the same words. When the run is empty, the *cursor* of the
//! current block moves on to its next stretch of unmarked cells; when the block is exhausted, the next one is
//! taken from the class's list of partly free blocks, or a fresh one.
//!
//! Bytes are charged when a run is acquired. So that charges come close to what is allocated, a run is clipped
//! to [`RUN_MAX`], and to what is left of the budget.
//!
//! **Invariant.** Every block that was current since the last collection is in its class's `touched` list.

use super::Heap;
use super::chunk::{Block, BlockUse, is_marked};
use super::size::{BLOCK, CELL, CLASSES, MAX_SMALL, class_of, const_class_of, round_large, usable};
use crate::stress::{POISON, is_hostile};
use std::alloc::{Layout, handle_alloc_error};
use std::cell::{Cell, RefCell};
use std::ptr::{null_mut, with_exposed_provenance_mut};

/// The longest run handed out at once.
const RUN_MAX: usize = 16 << 10;

/// The run handed out when the budget is used up, if cells are smaller: collecting must wait for a safepoint,
/// and until then allocation shouldn't take the slow path each time.
const RUN_OVERDRAFT: usize = 256;

/// Free cells of one size class: from `bump` to `end`.
#[repr(C)]
pub struct Run {
    /// The next cell.
    pub bump: Cell<*mut u8>,
    /// Where the run ends. It holds a whole number of cells.
    pub end: Cell<*mut u8>,
}

impl Run {
    pub(super) const fn empty() -> Run {
        Run { bump: Cell::new(null_mut()), end: Cell::new(null_mut()) }
    }

    pub(super) fn unused(&self) -> usize {
        self.end.get() as usize - self.bump.get() as usize
    }
}

/// The blocks of a size class.
#[derive(Default)]
pub(super) struct ClassBlocks {
    /// The block that runs come from.
    current: Cell<Option<Block>>,
    /// Offset in it up to which cells have been handed out or skipped.
    cursor: Cell<usize>,
    /// Blocks with free cells, to be used from the end.
    pub(super) partial: RefCell<Vec<Block>>,
    /// Blocks that were current since the last collection.
    pub(super) touched: RefCell<Vec<Block>>,
}

impl ClassBlocks {
    /// The part of the current block that isn't handed out yet, by address.
    pub(super) fn untaken(&self) -> Option<(usize, usize)> {
        let block = self.current.get()?;
        Some((block.addr() + self.cursor.get(), block.addr() + BLOCK))
    }
}

impl Heap {
    /// A cell for a `T`.
    #[inline(always)]
    pub(super) fn alloc_const<T>(&self) -> *mut u8 {
        let class = const { const_class_of(size_of::<T>()) };
        self.alloc_cell(class, const { CELL[const_class_of(size_of::<T>())] })
    }

    #[inline(always)]
    fn alloc_cell(&self, class: usize, size: usize) -> *mut u8 {
        let run = &self.runs[class];
        let p = run.bump.get();
        if p != run.end.get() {
            run.bump.set(p.wrapping_add(size));
            p
        } else {
            self.refill(class)
        }
    }

    /// Uninitialized memory of at least `bytes`, aligned to 8. It lives as long as its owner reports it by
    /// [`super::Marker::buffer`]; storing it in an owner is a write that needs the barrier.
    #[inline]
    pub fn alloc_buffer(&self, bytes: usize) -> *mut u8 {
        if bytes <= MAX_SMALL {
            let class = class_of(bytes);
            self.alloc_cell(class, CELL[class])
        } else {
            self.alloc_large(bytes)
        }
    }

    /// As [`Heap::alloc_buffer`], for what may be of any size: `None` if it is beyond the limit or the host has no more,
    /// and [`Heap::refused`] says how much that was. Small buffers are always to be had.
    #[inline]
    pub(crate) fn try_buffer(&self, bytes: usize) -> Option<*mut u8> {
        if bytes <= MAX_SMALL { Some(self.alloc_buffer(bytes)) } else { self.try_large(bytes) }
    }

    /// The same for who is content without a small one, too, if tests want that.
    #[inline]
    pub(crate) fn try_buffer_of_any_size(&self, bytes: usize) -> Option<*mut u8> {
        if self.refusals.grant(bytes) {
            Some(self.alloc_buffer(bytes))
        } else {
            self.try_questionable(bytes)
        }
    }

    /// The same, whatever the limit.
    pub(crate) fn host_buffer(&self, bytes: usize) -> Option<*mut u8> {
        if bytes <= MAX_SMALL {
            return Some(self.alloc_buffer(bytes));
        }
        let p = if self.refusals.is_next() { None } else { self.take_large(bytes) };
        if p.is_none() {
            self.refused.set(bytes);
        }
        p
    }

    /// How many bytes a request for `bytes` really gets.
    pub fn usable_size(bytes: usize) -> usize {
        usable(bytes)
    }

    /// The size class of objects of `bytes` (at most 32 KiB), and the size of its cells.
    pub const fn class_of(bytes: usize) -> (usize, usize) {
        let class = const_class_of(bytes);
        (class, CELL[class])
    }

    /// Acquires the next run of a class and takes its first cell.
    #[cold]
    #[inline(never)]
    fn refill(&self, class: usize) -> *mut u8 {
        debug_assert!(!self.busy.get(), "allocation during a collection");
        let size = CELL[class];
        let state = &self.classes[class];
        loop {
            if let Some(block) = state.current.get()
                && let Some((start, end)) = block.next_run(state.cursor.get(), size)
            {
                let limit = RUN_MAX.min(self.account.budget.get().max(RUN_OVERDRAFT));
                let bytes = (limit / size * size).clamp(size, end - start);
                state.cursor.set(start + bytes);
                self.in_use.set(self.in_use.get() + bytes);
                self.spend(bytes);
                let p: *mut u8 = with_exposed_provenance_mut(block.addr() + start);
                let run = &self.runs[class];
                run.bump.set(p.wrapping_add(size));
                run.end.set(p.wrapping_add(bytes));
                return p;
            }
            let next = state.partial.borrow_mut().pop();
            let block = next.unwrap_or_else(|| self.take_block(class));
            state.touched.borrow_mut().push(block);
            state.current.set(Some(block));
            state.cursor.set(0);
        }
    }

    /// A fresh block. If memory becomes tight by it, the next safepoint collects.
    fn take_block(&self, class: usize) -> Block {
        let was_tight = self.is_tight();
        let block = self.space.take_block(class);
        if self.refusals.is_next() {
            self.space.set_starved();
        }
        if !was_tight && self.is_tight() {
            self.spend(usize::MAX);
        }
        block
    }

    /// A large object for somebody who can't do without, but has asked for room before: see [`Heap::grants`].
    #[cold]
    #[inline(never)]
    fn alloc_large(&self, bytes: usize) -> *mut u8 {
        match self.take_large(bytes) {
            Some(p) => p,
            None => handle_alloc_error(Layout::new::<u8>()),
        }
    }

    #[cold]
    #[inline(never)]
    fn try_questionable(&self, bytes: usize) -> Option<*mut u8> {
        if bytes > MAX_SMALL {
            return self.try_large(bytes);
        }
        if self.refusals.is_next() {
            self.refused.set(bytes);
            return None;
        }
        Some(self.alloc_buffer(bytes))
    }

    #[cold]
    #[inline(never)]
    fn try_large(&self, bytes: usize) -> Option<*mut u8> {
        let granted = bytes <= self.left() && !self.refusals.is_next();
        let p = if granted { self.take_large(bytes) } else { None };
        if p.is_none() {
            self.refused.set(bytes);
        }
        p
    }

    fn take_large(&self, bytes: usize) -> Option<*mut u8> {
        debug_assert!(!self.busy.get(), "allocation during a collection");
        let bytes = round_large(bytes);
        let was_tight = self.is_tight();
        let addr = self.space.take_large(bytes)?;
        self.in_use.set(self.in_use.get() + bytes);
        self.spend(if !was_tight && self.is_tight() { usize::MAX } else { bytes });
        Some(with_exposed_provenance_mut(addr))
    }

    /// Charges the budget.
    pub(super) fn spend(&self, bytes: usize) {
        self.account.spend(bytes);
    }

    /// Frees a buffer of at least `bytes` ahead of its death. Its owner refers to it no more, and nobody else does.
    pub(crate) fn free_buffer(&self, p: *mut u8, bytes: usize) {
        let addr = p as usize;
        let block = Block::of(addr);
        // The block knows the real size; owners may remember a smaller one, cut to whole elements.
        let BlockUse::Cells(class) = block.usage() else {
            let size = self.space.free_large(addr);
            debug_assert!(bytes <= size);
            self.in_use.set(self.in_use.get() - size);
            return;
        };
        let size = CELL[class];
        debug_assert!(bytes <= size);
        if is_hostile() {
            // SAFETY: the cell is the caller's to free.
            unsafe { p.write_bytes(POISON, size) };
        }
        // SAFETY: it is a cell of this heap.
        if unsafe { is_marked(addr) } && block.unmark(addr) {
            self.cells_live.set(self.cells_live.get() - size);
        }
        let run = &self.runs[class];
        if run.bump.get() as usize == addr + size {
            // The last cell handed out goes back to the run, unmarked as all of it.
            run.bump.set(p);
        } else {
            self.in_use.set(self.in_use.get() - size);
        }
    }

    /// Gives back what is left of the runs, so that no block is half handed out. Every collection begins so.
    pub(super) fn retire_runs(&self) {
        for class in 0..CLASSES {
            let run = &self.runs[class];
            self.in_use.set(self.in_use.get() - run.unused());
            run.bump.set(null_mut());
            run.end.set(null_mut());
            self.classes[class].current.set(None);
        }
    }
}
