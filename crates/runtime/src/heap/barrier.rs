//! The write barrier and what it remembers.
//!
//! **Problem.** A minor collection must find references from old objects to young ones without walking the old
//! ones; an incremental major collection must find references stored into objects it has already traced.
//!
//! **Design.** Both are "an object that was traced is written to". Tracing sets an object's state byte to
//! `BLACK`; a store into a black object makes it white again and remembers it, and the next minor collection
//! or the end of the major one traces it once more. Further stores find it white and cost a compare.
//!
//! For a large array that would mean a walk over all of it for one store. Such a table stays black, and the
//! store dirties a *card*, a stretch of [`CARD_SLOTS`] elements; only those are traced again.
//!
//! A state byte can be out of date in one way: while a major collection marks, objects it hasn't reached may
//! still be black from before. They are unmarked; the slow path notices and only makes them white.
//!
//! If there is no memory to remember something, the next collection starts over, and is a full one.
//!
//! **Invariant.** Everything remembered is marked, so it can't be freed by a minor collection; a major one
//! forgets all of it when it starts.

use super::Heap;
use super::chunk::is_marked;
use super::mark::{Marker, trace_cards, trace_object};
use crate::object::{Header, state};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Arrays with more elements use cards.
const CARD_THRESHOLD: usize = 4096;

/// Elements of a card.
const CARD_SLOTS: usize = 256;

/// A hasher for addresses.
#[derive(Default)]
pub(super) struct AddrHasher(u64);

impl Hasher for AddrHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_usize(*b as usize);
        }
    }

    fn write_usize(&mut self, addr: usize) {
        // Multiplication moves entropy up, the table takes its index from below.
        self.0 = (self.0 ^ addr as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 32;
    }
}

/// A map by address.
pub(super) type AddrMap<V> = HashMap<usize, V, BuildHasherDefault<AddrHasher>>;

/// Objects and parts of objects to be traced again.
#[derive(Default)]
pub(super) struct Remembered {
    objects: RefCell<Vec<*const Header>>,
    /// Dirty cards of large arrays, a bit each, by owner.
    cards: RefCell<AddrMap<Vec<u64>>>,
}

impl Remembered {
    pub(super) fn forget(&self) {
        self.objects.borrow_mut().clear();
        self.cards.borrow_mut().clear();
    }

    /// Traces again what was remembered, and forgets it.
    pub(super) fn trace(&self, m: &mut Marker<'_>) {
        for o in self.objects.take() {
            // SAFETY: remembered objects are marked, hence alive.
            unsafe { trace_object(o, m) };
        }
        for (owner, bits) in self.cards.take() {
            for (i, mut word) in bits.into_iter().enumerate() {
                while word != 0 {
                    let card = i * 64 + word.trailing_zeros() as usize;
                    word &= word - 1;
                    let lo = card * CARD_SLOTS;
                    // SAFETY: as above.
                    unsafe { trace_cards(owner as *const Header, m, lo, lo + CARD_SLOTS) };
                }
            }
        }
    }
}

impl Heap {
    /// To be called when a reference to heap memory of any sort (buffers included) has been stored into `owner`.
    #[inline(always)]
    pub fn barrier(&self, owner: &Header) {
        if owner.state.get() == state::BLACK {
            self.barrier_slow(owner);
        }
    }

    /// The same for element `index` of an array with `len` elements in the buffer `array_base`.
    #[inline]
    pub(crate) fn barrier_array(
        &self,
        owner: &Header,
        array_base: *const u8,
        index: usize,
        len: usize,
    ) {
        if owner.state.get() == state::BLACK {
            self.barrier_array_slow(owner, array_base, index, len);
        }
    }

    #[cold]
    #[inline(never)]
    fn barrier_slow(&self, owner: &Header) {
        owner.state.set(state::WHITE);
        // SAFETY: objects with a header are cells of this heap.
        if unsafe { is_marked(std::ptr::from_ref(owner) as usize) } {
            let mut objects = self.remembered.objects.borrow_mut();
            let has_room = objects.len() < objects.capacity()
                || !self.refusals.is_next() && objects.try_reserve(1).is_ok();
            if has_room {
                objects.push(owner);
            } else {
                self.distrust.set(true);
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn barrier_array_slow(&self, owner: &Header, base: *const u8, index: usize, len: usize) {
        // A buffer that isn't marked must be marked by its owner, so the owner is traced as a whole.
        // SAFETY: `base` is a cell of this heap, as `owner` is.
        let whole = unsafe {
            len <= CARD_THRESHOLD
                || !is_marked(std::ptr::from_ref(owner) as usize)
                || !is_marked(base as usize)
        };
        if whole {
            self.barrier_slow(owner);
            return;
        }
        let mut cards = self.remembered.cards.borrow_mut();
        let bits = cards.entry(std::ptr::from_ref(owner) as usize).or_default();
        let card = index / CARD_SLOTS;
        if bits.len() <= card / 64 {
            bits.resize(card / 64 + 1, 0);
        }
        bits[card / 64] |= 1 << (card % 64);
    }
}
