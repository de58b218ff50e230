//! Sweeping: what becomes of blocks when marking has ended.
//!
//! **Design.** A block is looked at as a whole: how many of its cells are marked. None: it is free for any size
//! class. Enough unmarked ones: its class allocates from it, which is when the free cells are found. Nearly
//! full: it is left alone until the next major collection, because short runs make allocation slow.
//!
//! After a minor collection only the blocks allocated from since the last one can have changed. They come first
//! in the next round of allocation: they are in the cache.

use super::Heap;
use super::chunk::{Block, BlockUse};
use super::size::{CELL, CLASSES, cells};
use crate::stress::{POISON, is_hostile};

/// A block is allocated from if at least one in so many of its cells is free.
const USEFUL_FRACTION: usize = 4;

/// Empty chunks are kept up to this, or an eighth of what is in use.
const SPARE: usize = 8 << 20;

impl Heap {
    /// Files a block of a class by its marks. Returns the bytes of marked cells, and how many of them the
    /// heap's sum has included so far.
    fn sweep_block(&self, block: Block, class: usize) -> (usize, usize) {
        let size = CELL[class];
        let count = block.count();
        let before = block.sum_up();
        if is_hostile() {
            poison_free_cells(block, size);
        }
        if count == 0 {
            self.space.release_block(block);
        } else if cells(class) - count >= (cells(class) / USEFUL_FRACTION).max(1) {
            self.classes[class].partial.borrow_mut().push(block);
        }
        (count * size, before * size)
    }

    pub(super) fn sweep_minor(&self) {
        let mut live = self.cells_live.get();
        for class in 0..CLASSES {
            let mut touched = self.classes[class].touched.borrow_mut();
            for block in touched.drain(..).rev() {
                let (now, before) = self.sweep_block(block, class);
                live = live + now - before;
            }
        }
        self.finish_sweep(live);
    }

    pub(super) fn sweep_major(&self) {
        self.forget_blocks();
        let mut live = 0;
        self.space.for_each_block(|block, usage| {
            if let BlockUse::Cells(class) = usage {
                live += self.sweep_block(block, class).0;
            }
        });
        self.finish_sweep(live);
        self.space.trim(SPARE.max(self.in_use.get() / 8), &|| self.must_stop());
    }

    fn finish_sweep(&self, cells_live: usize) {
        self.cells_live.set(cells_live);
        self.in_use.set(cells_live + self.space.sweep_large(&|| self.must_stop()));
        self.swept.set(self.in_use.get());
    }

    /// Empties the lists of blocks, so that allocation takes fresh ones.
    pub(super) fn forget_blocks(&self) {
        for class in &self.classes {
            class.partial.borrow_mut().clear();
            class.touched.borrow_mut().clear();
        }
    }
}

fn poison_free_cells(block: Block, size: usize) {
    let mut from = 0;
    while let Some((start, end)) = block.next_run(from, size) {
        let p = std::ptr::with_exposed_provenance_mut::<u8>(block.addr() + start);
        // SAFETY: runs are retired, so unmarked cells belong to nobody.
        unsafe { p.write_bytes(POISON, end - start) };
        from = end;
    }
}
