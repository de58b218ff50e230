//! Chunks and blocks: where memory comes from, and where the mark bits are.
//!
//! **Problem.** From a bare address the collector must find the mark bit in a few instructions, for objects of
//! any size; whether a block is empty must be known without looking at its cells; and the mark bits of a
//! large heap must not compete for the same few cache sets.
//!
//! **Design.** A *chunk* is aligned to [`CHUNK`] (4 MiB) and consists of 64 KiB *blocks*. Block 0 holds the mark
//! bits of the whole chunk, one for each 8 bytes, densely, so that neighbouring blocks' bits use different
//! cache sets (a header in each block would put all of them at the same offset modulo 64 KiB). The
//! bits block 0 would need for itself make room for the [`Chunk`] record. Pages nobody uses stay untouched,
//! and the first chunk of a heap is shorter, so that a small state stays small.
//!
//! Each block has a *kind*: free, a size class, or the head or the rest of a *span*, a run of blocks with one
//! large object. Objects beyond [`MAX_SPAN`] have a chunk of their own, with the object at the start of
//! block 1; the same arithmetic finds their bit.
//!
//! Marking counts the marked cells of each block as it sets their bits. So an empty block is found in O(1), and
//! live bytes are a sum over blocks.
//!
//! What is mapped isn't resident before it is touched. Each chunk knows which of its blocks have been handed out
//! since its pages were last given back; their sum is what the heap costs the process ([`Space::resident`]).
//!
//! One chunk is mapped ahead, the *reserve*. When the host refuses another, the reserve is taken, so that small
//! allocations never fail; the space is *starved* then, until [`Space::relieve`] finds a new reserve.
//!
//! **Invariants.** A [`Block`] names a block of a chunk that is mapped. The bits of a block that is in use are
//! initialized (they are zeroed when a block is taken, not when its chunk is mapped). A bit is set only at the
//! start of a cell.
//!
//! **Rejected.** Mark bits in object headers: buffers and integer cells have none, and clearing them would walk
//! the heap.

use super::host;
use super::size::{BLOCK, CLASSES};
use std::alloc::{Layout, handle_alloc_error};
use std::cell::{Cell, RefCell};
use std::ptr::{with_exposed_provenance, with_exposed_provenance_mut};

/// Alignment and normal size of a chunk.
pub(super) const CHUNK: usize = 4 << 20;

/// Size of a heap's first chunk.
const FIRST_CHUNK: usize = 1 << 20;

/// The largest object that shares a chunk with others.
pub(super) const MAX_SPAN: usize = 1 << 20;

/// Blocks in a chunk.
const BLOCKS: usize = CHUNK / BLOCK;

/// Words of mark bits for each block.
const WORDS: usize = BLOCK / 8 / 64;

/// Block kinds beyond the size classes.
const FREE: u8 = 0xFF;
const SPAN: u8 = 0xFE;
const SPAN_REST: u8 = 0xFD;

/// The record at the start of each chunk.
#[repr(C)]
struct Chunk {
    /// Marked cells of each block.
    counts: [Cell<u16>; BLOCKS],
    /// What of `counts` is included in the heap's sum.
    summed: [Cell<u16>; BLOCKS],
    kinds: [Cell<u8>; BLOCKS],
    /// For the head of a span: its index in [`Space::large`].
    large: [Cell<u32>; BLOCKS],
    /// Bit set of the free blocks.
    free: Cell<u64>,
    /// Bit set of all blocks but block 0.
    all: u64,
    /// Bit set of the blocks that may be resident.
    touched: Cell<u64>,
    /// Size of the mapping.
    bytes: usize,
}

impl Chunk {
    /// Whether it holds one huge object.
    fn is_huge(&self) -> bool {
        self.free.get() == 0 && self.touched.get() == 0
    }
}

const _: () =
    assert!(size_of::<Chunk>() <= WORDS * 8 && BLOCKS == 64 && CLASSES < SPAN_REST as usize);

/// The chunk an address lies in.
///
/// # Safety
/// `addr` lies in a mapped chunk, which stays mapped during `'a`.
#[inline(always)]
unsafe fn chunk_at<'a>(addr: usize) -> &'a Chunk {
    // SAFETY: the caller's promise. The record consists of cells and is never written as a whole again.
    unsafe { &*with_exposed_provenance(addr & !(CHUNK - 1)) }
}

/// The word with the mark bit of the cell at `addr`.
#[inline(always)]
fn mark_word(addr: usize) -> *mut u64 {
    with_exposed_provenance_mut((addr & !(CHUNK - 1)) + ((addr & (CHUNK - 1)) >> 9 << 3))
}

#[inline(always)]
fn mark_bit(addr: usize) -> u64 {
    1 << (addr >> 3 & 63)
}

/// Whether the cell at `addr` is marked.
///
/// # Safety
/// A cell of a live heap starts at `addr`.
#[inline(always)]
pub(super) unsafe fn is_marked(addr: usize) -> bool {
    // SAFETY: its block is in use, so its bits are initialized.
    unsafe { *mark_word(addr) & mark_bit(addr) != 0 }
}

/// Marks the cell at `addr`; whether it wasn't marked before.
///
/// # Safety
/// A cell of a live heap starts at `addr`.
#[inline(always)]
pub(super) unsafe fn mark(addr: usize) -> bool {
    let (word, bit) = (mark_word(addr), mark_bit(addr));
    // SAFETY: its block is in use, so its bits are initialized; nobody holds a reference to them.
    unsafe {
        if *word & bit != 0 {
            return false;
        }
        *word |= bit;
        let count = chunk_at(addr).counts.get_unchecked((addr & (CHUNK - 1)) / BLOCK);
        count.set(count.get() + 1);
    }
    true
}

/// A block, by its address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Block(usize);

/// What a block is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BlockUse {
    /// Nothing.
    Free,
    /// Cells of a size class.
    Cells(usize),
    /// The first block of a large object.
    Span,
    /// A further block of a large object.
    SpanRest,
}

impl Block {
    /// The block that `addr`, an address in a cell, lies in.
    #[inline]
    pub(super) fn of(addr: usize) -> Block {
        Block(addr & !(BLOCK - 1))
    }

    #[inline]
    fn chunk<'a>(self) -> &'a Chunk {
        // SAFETY: a `Block` names a block of a mapped chunk.
        unsafe { chunk_at(self.0) }
    }

    #[inline]
    fn index(self) -> usize {
        (self.0 & (CHUNK - 1)) / BLOCK
    }

    /// Its address.
    #[inline]
    pub(super) fn addr(self) -> usize {
        self.0
    }

    /// What it is used for.
    pub(super) fn usage(self) -> BlockUse {
        match self.chunk().kinds[self.index()].get() {
            FREE => BlockUse::Free,
            SPAN => BlockUse::Span,
            SPAN_REST => BlockUse::SpanRest,
            class => BlockUse::Cells(class as usize),
        }
    }

    /// Number of marked cells.
    pub(super) fn count(self) -> usize {
        self.chunk().counts[self.index()].get() as usize
    }

    /// Makes the marked cells those included in the heap's sum; returns how many were before.
    pub(super) fn sum_up(self) -> usize {
        let (c, i) = (self.chunk(), self.index());
        c.summed[i].replace(c.counts[i].get()) as usize
    }

    /// Clears the mark of the cell at `addr`, which its owner frees; whether it was included in the heap's sum.
    pub(super) fn unmark(self, addr: usize) -> bool {
        let (c, i) = (self.chunk(), self.index());
        // SAFETY: as in `mark`.
        unsafe { *mark_word(addr) &= !mark_bit(addr) };
        c.counts[i].set(c.counts[i].get() - 1);
        let summed = c.summed[i].get();
        c.summed[i].set(summed.saturating_sub(1));
        summed > 0
    }

    /// Marks all its cells.
    pub(super) fn mark_all(self, size: usize, cells: usize) {
        for i in 0..cells {
            // SAFETY: a cell of the block.
            unsafe { mark(self.0 + i * size) };
        }
    }

    /// Forgets all marks.
    pub(super) fn clear_marks(self) {
        let (c, i) = (self.chunk(), self.index());
        let words = if c.kinds[i].get() == SPAN { 1 } else { WORDS };
        // SAFETY: these words are the block's own (a span's object is at its start, so one word is all it
        // uses), and nobody holds a reference to them.
        unsafe { mark_word(self.0).write_bytes(0, words) };
        c.counts[i].set(0);
        c.summed[i].set(0);
    }

    /// The mark bits, as far as they are used.
    pub(super) fn marks<'a>(self) -> &'a mut [u64] {
        let words = if self.chunk().kinds[self.index()].get() == SPAN { 1 } else { WORDS };
        // SAFETY: as in `clear_marks`; the verifier, which alone uses this, drops the slice at once.
        unsafe { std::slice::from_raw_parts_mut(mark_word(self.0), words) }
    }

    /// Sets the number of marked cells, after its marks were restored.
    pub(super) fn set_count(self, count: usize) {
        self.chunk().counts[self.index()].set(count as u16);
    }

    /// Offset of the first marked cell from offset `from` on, or the block's size.
    #[inline]
    fn next_marked(self, from: usize) -> usize {
        let first = mark_word(self.0);
        let mut i = from >> 9;
        if i >= WORDS {
            return BLOCK;
        }
        // SAFETY: `i` is below the number of the block's words throughout.
        let mut word = unsafe { *first.add(i) } & (!0 << (from >> 3 & 63));
        while word == 0 {
            i += 1;
            if i == WORDS {
                return BLOCK;
            }
            // SAFETY: as above.
            word = unsafe { *first.add(i) };
        }
        i << 9 | (word.trailing_zeros() as usize) << 3
    }

    /// The next run of unmarked cells of `size` bytes from offset `from` on (a cell's start), as offsets.
    pub(super) fn next_run(self, mut from: usize, size: usize) -> Option<(usize, usize)> {
        let end = BLOCK / size * size;
        while from < end {
            let marked = self.next_marked(from).min(end);
            if marked > from {
                return Some((from, marked));
            }
            from += size;
        }
        None
    }
}

/// A large object.
#[derive(Clone, Copy)]
pub(super) struct Large {
    /// Where it starts.
    pub(super) addr: usize,
    /// Its rounded size.
    pub(super) bytes: usize,
}

impl Large {
    fn is_huge(self) -> bool {
        self.bytes > MAX_SPAN
    }

    fn set_index(self, index: usize) {
        let b = Block(self.addr);
        b.chunk().large[b.index()].set(index as u32);
    }
}

/// All memory of a heap.
pub(super) struct Space {
    /// Chunks of blocks, and those with one huge object, by address.
    chunks: RefCell<Vec<usize>>,
    /// No chunk before this one has a free block.
    hint: Cell<usize>,
    large: RefCell<Vec<Large>>,
    mapped: Cell<usize>,
    resident: Cell<usize>,
    /// A chunk ahead, in no list; or 0.
    reserve: Cell<usize>,
    /// Whether the host has refused a chunk, or soon would.
    starved: Cell<bool>,
    /// Mappings of huge objects that were freed, kept for others: getting pages anew costs more than filling them.
    kept: RefCell<Vec<Kept>>,
}

/// A mapping that is kept.
#[derive(Clone, Copy)]
struct Kept {
    addr: usize,
    bytes: usize,
}

/// Mappings of huge objects are kept up to this in all.
const MOST_KEPT: usize = 8 << 20;

/// What a touched block costs: itself and its mark bits.
const TOUCHED: usize = BLOCK + WORDS * 8;

impl Space {
    pub(super) fn new() -> Space {
        let space = Space {
            chunks: RefCell::new(Vec::new()),
            hint: Cell::new(0),
            large: RefCell::new(Vec::new()),
            mapped: Cell::new(0),
            resident: Cell::new(0),
            reserve: Cell::new(0),
            starved: Cell::new(false),
            kept: RefCell::new(Vec::new()),
        };
        space.relieve();
        space
    }

    /// Bytes obtained from the operating system, but for the reserve.
    pub(super) fn mapped(&self) -> usize {
        self.mapped.get()
    }

    /// Bytes of physical memory that they take at most.
    pub(super) fn resident(&self) -> usize {
        self.resident.get()
    }

    /// Whether the host has no more memory.
    pub(super) fn is_starved(&self) -> bool {
        self.starved.get()
    }

    /// Notes that the host has no more memory.
    pub(super) fn set_starved(&self) {
        self.starved.set(true);
    }

    /// Asks the host again: ends starvation if there is a reserve again.
    pub(super) fn relieve(&self) {
        if self.reserve.get() == 0
            && let Some(addr) = host::map(CHUNK, CHUNK)
        {
            self.reserve.set(addr);
        }
        self.starved.set(self.reserve.get() == 0 || !host::has_room(0));
    }

    /// Makes a new chunk of mapped memory.
    fn add_chunk(&self, addr: usize, bytes: usize) {
        let blocks = (bytes / BLOCK).min(BLOCKS);
        let all = (!0 >> (BLOCKS - blocks)) & !1;
        // SAFETY: fresh memory, large enough, aligned.
        unsafe {
            with_exposed_provenance_mut::<Chunk>(addr).write(Chunk {
                counts: [const { Cell::new(0) }; BLOCKS],
                summed: [const { Cell::new(0) }; BLOCKS],
                kinds: [const { Cell::new(FREE) }; BLOCKS],
                large: [const { Cell::new(0) }; BLOCKS],
                free: Cell::new(all),
                all,
                touched: Cell::new(0),
                bytes,
            });
        }
        self.mapped.set(self.mapped.get() + bytes);
        self.chunks.borrow_mut().push(addr);
    }

    /// # Safety
    /// The chunk is in no list any more, and nothing refers to what was in it.
    unsafe fn unmap(&self, addr: usize) {
        // SAFETY: still mapped.
        let chunk = unsafe { chunk_at(addr) };
        let bytes = chunk.bytes;
        self.mapped.set(self.mapped.get() - bytes);
        let resident = if chunk.is_huge() {
            bytes
        } else {
            chunk.touched.get().count_ones() as usize * TOUCHED
        };
        self.resident.set(self.resident.get() - resident);
        // SAFETY: mapped with this size and alignment, and the caller's promise.
        unsafe { host::unmap(addr, bytes, CHUNK) };
    }

    /// Notes that blocks of a chunk are handed out.
    fn touch(&self, chunk: &Chunk, bits: u64) {
        let fresh = bits & !chunk.touched.get();
        chunk.touched.set(chunk.touched.get() | bits);
        self.resident.set(self.resident.get() + fresh.count_ones() as usize * TOUCHED);
    }

    /// Gives the pages of free blocks back to the host.
    pub(super) fn decommit(&self) {
        for &addr in &*self.chunks.borrow() {
            // SAFETY: chunks in the list are mapped.
            let chunk = unsafe { chunk_at(addr) };
            let mut idle = chunk.free.get() & chunk.touched.get();
            while idle != 0 {
                let first = idle.trailing_zeros();
                let count = (!(idle >> first)).trailing_zeros();
                let bits = (!0 >> (BLOCKS as u32 - count)) << first;
                idle &= !bits;
                // SAFETY: the blocks are free, so nothing is in them.
                let done = unsafe {
                    host::decommit(addr + first as usize * BLOCK, count as usize * BLOCK)
                };
                if done {
                    chunk.touched.set(chunk.touched.get() & !bits);
                    self.resident.set(self.resident.get() - count as usize * TOUCHED);
                }
            }
        }
    }

    /// Whether there is room for an object of so many bytes in the blocks there are.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        let blocks = bytes.div_ceil(BLOCK).max(1);
        // SAFETY: chunks in the list are mapped.
        let free = |addr: &usize| unsafe { chunk_at(*addr) }.free.get();
        bytes <= MAX_SPAN
            && self.chunks.borrow().iter().any(|addr| find_span(free(addr), blocks).is_some())
    }

    /// Bytes of free blocks.
    pub(super) fn free_bytes(&self) -> usize {
        // SAFETY: chunks in the list are mapped.
        let free = |addr: &usize| unsafe { chunk_at(*addr) }.free.get().count_ones() as usize;
        self.chunks.borrow().iter().map(free).sum::<usize>() * BLOCK
    }

    /// A free block for a size class, without marks.
    pub(super) fn take_block(&self, class: usize) -> Block {
        loop {
            for (i, &addr) in self.chunks.borrow().iter().enumerate().skip(self.hint.get()) {
                // SAFETY: chunks in the list are mapped.
                let chunk = unsafe { chunk_at(addr) };
                let free = chunk.free.get();
                if free != 0 {
                    self.hint.set(i);
                    chunk.free.set(free & (free - 1));
                    let index = free.trailing_zeros() as usize;
                    chunk.kinds[index].set(class as u8);
                    self.touch(chunk, 1 << index);
                    let block = Block(addr + index * BLOCK);
                    block.clear_marks();
                    return block;
                }
            }
            if !self.grow() {
                handle_alloc_error(Layout::new::<[u8; BLOCK]>());
            }
        }
    }

    /// Adds a chunk; if the host has none, the reserve. False if that is gone, too.
    fn grow(&self) -> bool {
        let first = self.chunks.borrow().is_empty();
        let bytes = if first { FIRST_CHUNK } else { CHUNK };
        if let Some(addr) = host::map(bytes, CHUNK) {
            self.add_chunk(addr, bytes);
            return true;
        }
        self.starved.set(true);
        let reserve = self.reserve.take();
        if reserve != 0 {
            self.add_chunk(reserve, CHUNK);
        }
        reserve != 0
    }

    /// Gives back an empty block.
    pub(super) fn release_block(&self, block: Block) {
        let chunk = block.chunk();
        chunk.kinds[block.index()].set(FREE);
        chunk.free.set(chunk.free.get() | 1 << block.index());
        self.hint.set(0);
    }

    /// Memory for a large object, if the host has it; `bytes` is rounded.
    pub(super) fn take_large(&self, bytes: usize) -> Option<usize> {
        let addr = if bytes > MAX_SPAN {
            let all = BLOCK.checked_add(bytes)?;
            let Kept { addr, bytes } = match self.take_kept(all) {
                Some(kept) => kept,
                None => {
                    let addr = host::map(all, CHUNK)?;
                    host::prefer_large_pages(with_exposed_provenance_mut(addr), all);
                    Kept { addr, bytes: all }
                }
            };
            self.add_chunk(addr, bytes);
            // SAFETY: just mapped, or mapped and nobody's.
            unsafe { chunk_at(addr) }.free.set(0);
            self.resident.set(self.resident.get() + bytes);
            addr + BLOCK
        } else {
            self.take_span(bytes.div_ceil(BLOCK))?
        };
        let block = Block(addr);
        block.chunk().kinds[block.index()].set(SPAN);
        block.clear_marks();
        let mut large = self.large.borrow_mut();
        let object = Large { addr, bytes };
        object.set_index(large.len());
        large.push(object);
        Some(addr)
    }

    /// A mapping that was kept, if it is about as large.
    fn take_kept(&self, bytes: usize) -> Option<Kept> {
        let mut kept = self.kept.borrow_mut();
        let fits = |k: &Kept| (bytes..=bytes + bytes / 4).contains(&k.bytes);
        let found = kept.iter().position(fits)?;
        let kept = kept.swap_remove(found);
        self.resident.set(self.resident.get() - kept.bytes);
        Some(kept)
    }

    /// Keeps the mapping of a huge object that was freed, if it isn't too large. Older ones are given back for it.
    ///
    /// # Safety
    /// As for [`Space::unmap`].
    unsafe fn keep(&self, addr: usize) {
        // SAFETY: still mapped.
        let bytes = unsafe { chunk_at(addr) }.bytes;
        if bytes > MOST_KEPT || self.starved.get() {
            // SAFETY: the caller's promise.
            return unsafe { self.unmap(addr) };
        }
        self.mapped.set(self.mapped.get() - bytes);
        let mut kept = self.kept.borrow_mut();
        kept.push(Kept { addr, bytes });
        while kept.iter().map(|k| k.bytes).sum::<usize>() > MOST_KEPT {
            self.drop_kept(kept.remove(0));
        }
    }

    /// Gives back what is kept.
    pub(super) fn drop_all_kept(&self) {
        for kept in self.kept.take() {
            self.drop_kept(kept);
        }
    }

    fn drop_kept(&self, kept: Kept) {
        self.resident.set(self.resident.get() - kept.bytes);
        // SAFETY: mapped so, and nobody's.
        unsafe { host::unmap(kept.addr, kept.bytes, CHUNK) };
    }

    fn take_span(&self, blocks: usize) -> Option<usize> {
        loop {
            for &addr in self.chunks.borrow().iter().skip(self.hint.get()) {
                // SAFETY: chunks in the list are mapped.
                let chunk = unsafe { chunk_at(addr) };
                if let Some(first) = find_span(chunk.free.get(), blocks) {
                    let bits = (!0 >> (BLOCKS - blocks)) << first;
                    chunk.free.set(chunk.free.get() & !bits);
                    self.touch(chunk, bits);
                    for k in &chunk.kinds[first + 1..first + blocks] {
                        k.set(SPAN_REST);
                    }
                    return Some(addr + first * BLOCK);
                }
            }
            // If the short first chunk isn't enough, the next one is.
            if !self.grow() {
                return None;
            }
        }
    }

    /// Frees the large object at `addr` and returns its size.
    pub(super) fn free_large(&self, addr: usize) -> usize {
        let block = Block(addr);
        let index = block.chunk().large[block.index()].get() as usize;
        let object = {
            let mut list = self.large.borrow_mut();
            let object = list.swap_remove(index);
            if let Some(moved) = list.get(index) {
                moved.set_index(index);
            }
            object
        };
        debug_assert_eq!(object.addr, addr);
        self.release_large(object);
        object.bytes
    }

    fn release_large(&self, object: Large) {
        let block = Block(object.addr);
        let chunk = block.chunk();
        if object.is_huge() {
            let addr = object.addr - BLOCK;
            self.chunks.borrow_mut().retain(|c| *c != addr);
            self.hint.set(0);
            // SAFETY: it was the chunk's only object, and the chunk is in no list any more.
            unsafe { self.keep(addr) };
            return;
        }
        let (first, blocks) = (block.index(), object.bytes.div_ceil(BLOCK));
        for k in &chunk.kinds[first..first + blocks] {
            k.set(FREE);
        }
        chunk.free.set(chunk.free.get() | (!0 >> (BLOCKS - blocks)) << first);
        self.hint.set(0);
    }

    /// Frees the unmarked large objects; returns the bytes of the others. Once the program is to stop, what is left is left
    /// to the next collection.
    pub(super) fn sweep_large(&self, must_stop: &dyn Fn() -> bool) -> usize {
        let mut live = 0;
        let mut stopped = false;
        let mut list = self.large.borrow_mut();
        let before = list.len();
        list.retain(|o| {
            // SAFETY: objects in the list are cells of this heap.
            let stays = stopped || unsafe { is_marked(o.addr) };
            if stays {
                live += o.bytes;
            } else {
                self.release_large(*o);
                stopped = must_stop();
            }
            stays
        });
        if list.len() < before {
            for (i, o) in list.iter().enumerate() {
                o.set_index(i);
            }
        }
        live
    }

    /// Calls `f` with each block in use, from high addresses to low ones within a chunk.
    pub(super) fn for_each_block(&self, mut f: impl FnMut(Block, BlockUse)) {
        for &addr in self.chunks.borrow().iter().rev() {
            // SAFETY: chunks in the list are mapped.
            let chunk = unsafe { chunk_at(addr) };
            let mut used = chunk.all & !chunk.free.get();
            while used != 0 {
                let index = 63 - used.leading_zeros() as usize;
                used &= !(1 << index);
                let block = Block(addr + index * BLOCK);
                f(block, block.usage());
            }
        }
    }

    /// Returns chunks without a used block to the operating system, but for as many bytes as `spare`. Once the program is to
    /// stop, the others stay, too.
    pub(super) fn trim(&self, mut spare: usize, must_stop: &dyn Fn() -> bool) {
        self.chunks.borrow_mut().retain(|&addr| {
            // SAFETY: chunks in the list are mapped.
            let chunk = unsafe { chunk_at(addr) };
            if chunk.free.get() != chunk.all {
                return true;
            }
            if chunk.bytes <= spare {
                spare -= chunk.bytes;
                return true;
            }
            if must_stop() {
                return true;
            }
            // SAFETY: nothing is in it, and it is about to leave the only list it is in.
            unsafe { self.unmap(addr) };
            false
        });
        self.hint.set(0);
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        for addr in std::mem::take(&mut *self.chunks.borrow_mut()) {
            // SAFETY: the heap ends, and with it everything in it.
            unsafe { self.unmap(addr) };
        }
        self.drop_all_kept();
        if self.reserve.get() != 0 {
            // SAFETY: mapped so, and never handed out.
            unsafe { host::unmap(self.reserve.get(), CHUNK, CHUNK) };
        }
    }
}

/// The highest place of `n` adjacent set bits.
fn find_span(mut bits: u64, n: usize) -> Option<usize> {
    let mut have = 1;
    while have < n {
        let step = have.min(n - have);
        bits &= bits >> step;
        have += step;
    }
    if bits == 0 { None } else { Some(63 - bits.leading_zeros() as usize) }
}

#[cfg(test)]
mod tests {
    use super::super::size::CELL;
    use super::*;

    #[test]
    fn spans_are_found() {
        assert_eq!(find_span(0b0111_0110, 3), Some(4));
        assert_eq!(find_span(0b0111_0110, 4), None);
        assert_eq!(find_span(!1, 16), Some(48));
        assert_eq!(find_span(0b0111_0110, 1), Some(6));
    }

    #[test]
    fn runs_of_a_block() {
        let space = Space::new();
        let class = super::super::size::class_of(4000);
        let block = space.take_block(class);
        assert_eq!(block.usage(), BlockUse::Cells(class));
        for i in [0, 1, 5, 15] {
            // SAFETY: cells of the block.
            assert!(unsafe { mark(block.addr() + i * CELL[class]) });
        }
        assert_eq!(block.count(), 4);
        assert_eq!(block.next_run(0, 4096), Some((2 * 4096, 5 * 4096)));
        assert_eq!(block.next_run(5 * 4096, 4096), Some((6 * 4096, 15 * 4096)));
        assert_eq!(block.next_run(15 * 4096, 4096), None);
        block.unmark(block.addr() + 15 * 4096);
        assert_eq!(block.next_run(15 * 4096, 4096), Some((15 * 4096, BLOCK)));
    }

    #[test]
    fn large_objects_come_and_go() {
        let space = Space::new();
        let sizes = [40 << 10, MAX_SPAN, MAX_SPAN + 4096, 64 << 10, 10 << 20];
        let addrs = sizes.map(|s| space.take_large(s).expect("there is memory"));
        // SAFETY: these are large objects of the space.
        unsafe {
            assert!(mark(addrs[1]) && mark(addrs[4]));
        }
        assert_eq!(space.sweep_large(&|| true), sizes[1..].iter().sum::<usize>());
        assert_eq!(space.sweep_large(&|| false), MAX_SPAN + (10 << 20));
        assert_eq!(space.free_large(addrs[1]), MAX_SPAN);
        assert_eq!(space.free_large(addrs[4]), 10 << 20);
        space.trim(0, &|| true);
        assert!(space.mapped() > 0);
        space.trim(0, &|| false);
        space.drop_all_kept();
        assert_eq!((space.mapped(), space.resident()), (0, 0));
    }
}
