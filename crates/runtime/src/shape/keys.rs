//! Key tables: which named key is in which slot.
//!
//! A [`KeyTable`] is an append-only list of keys. It is shared along a line of the transition tree: a shape with
//! `count` keys sees the first `count` of them, and a child shape extends the same table if that ends exactly
//! there, and copies it otherwise. So a lookup finds the key's index in the table and compares it with the
//! shape's count.
//!
//! Up to [`LINEAR`] keys are compared one after the other. Longer tables have an index: open addressing by the
//! keys' hashes, at most half full.
//!
//! A null key marks the hidden slot that holds an object's metatable (see [`super::Meta`]).

use crate::events::Event;
use crate::heap::{Heap, Marker};
use crate::object::{Gc, Header, HeapObject, Kind};
use crate::string::Str;
use crate::value::tag;
use std::cell::Cell;
use std::mem::size_of;
use std::ptr::{copy_nonoverlapping, null, null_mut};

/// Longest table without an index.
pub(crate) const LINEAR: u32 = 4;

/// What lookups return for a missing key; above every count.
pub(crate) const NOT_FOUND: u32 = u32::MAX;

type Key = Cell<*const Str>;

/// A list of keys.
#[repr(C)]
pub struct KeyTable {
    header: Header,
    len: Cell<u32>,
    cap: Cell<u32>,
    /// Number of index entries minus one, if there is an index.
    index_mask: Cell<u32>,
    keys: Cell<*mut Key>,
    index: Cell<*mut Cell<u32>>,
    /// Index of the hidden slot.
    hidden: Cell<u32>,
    /// Index of the key `__mode`: the collector must find it without any context.
    mode: Cell<u32>,
    /// Where a traversal was last.
    visited: Cell<u32>,
}

// SAFETY: `repr(C)`, header first with this kind; `trace` reports all references.
unsafe impl HeapObject for KeyTable {
    const KIND: Kind = Kind::KeyTable;
    const TAG: u64 = tag::OBJECT;

    fn trace(&self, m: &mut Marker<'_>) {
        if !self.keys.get().is_null() {
            m.buffer(self.keys.get() as *const u8);
        }
        if !self.index.get().is_null() {
            m.buffer(self.index.get() as *const u8);
        }
        for i in 0..self.len.get() {
            m.short_string(self.key(i));
        }
    }
}

impl KeyTable {
    /// An empty table with room for `cap` keys.
    pub(super) fn new(heap: &Heap, cap: u32) -> Gc<'_, KeyTable> {
        let t = heap.alloc(KeyTable {
            header: Header::new(Kind::KeyTable),
            len: Cell::new(0),
            cap: Cell::new(0),
            index_mask: Cell::new(0),
            keys: Cell::new(null_mut()),
            index: Cell::new(null_mut()),
            hidden: Cell::new(NOT_FOUND),
            mode: Cell::new(NOT_FOUND),
            visited: Cell::new(0),
        });
        if cap > 0 {
            // Without memory for all of it, it grows as keys come.
            let _ = t.set_capacity(heap, cap);
        }
        t
    }

    /// A table with those of the first `count` keys that `keep` wants, and room for `cap`.
    pub(super) fn filtered<'g>(
        &self,
        heap: &'g Heap,
        count: u32,
        cap: u32,
        keep: impl Fn(u32) -> bool,
    ) -> Gc<'g, KeyTable> {
        let t = KeyTable::new(heap, cap);
        for i in (0..count).filter(|i| keep(*i)) {
            t.push(heap, self.key(i));
        }
        t
    }

    /// How many keys there are.
    #[inline(always)]
    pub(crate) fn len(&self) -> u32 {
        self.len.get()
    }

    /// A key; null if it is the hidden slot's.
    #[inline(always)]
    pub(crate) fn key(&self, index: u32) -> *const Str {
        debug_assert!(index < self.len.get());
        // SAFETY: the first `len` keys are initialized.
        unsafe { (*self.keys.get().add(index as usize)).get() }
    }

    /// Index of the hidden slot, or [`NOT_FOUND`].
    pub(crate) fn hidden(&self) -> u32 {
        self.hidden.get()
    }

    /// Index of the key `__mode`, or [`NOT_FOUND`].
    pub(crate) fn mode(&self) -> u32 {
        self.mode.get()
    }

    /// Notes where a traversal is.
    #[inline(always)]
    pub(crate) fn visit(&self, index: u32) {
        self.visited.set(index);
    }

    /// Index of a short string, or [`NOT_FOUND`], when a traversal is likely to be there.
    #[inline]
    pub(crate) fn find_visited(&self, key: *const Str) -> u32 {
        let at = self.visited.get();
        if at < self.len.get() && self.key(at) == key { at } else { self.find(key) }
    }

    /// Index of a short string, or [`NOT_FOUND`].
    #[inline(always)]
    pub(crate) fn find(&self, key: *const Str) -> u32 {
        if !self.index.get().is_null() {
            return self.find_indexed(key);
        }
        let keys = self.keys.get();
        for i in 0..self.len.get() {
            // SAFETY: as in `key`.
            if unsafe { (*keys.add(i as usize)).get() } == key {
                return i;
            }
        }
        NOT_FOUND
    }

    #[inline]
    fn find_indexed(&self, key: *const Str) -> u32 {
        let mask = self.index_mask.get();
        // SAFETY: keys are live strings.
        let mut at = unsafe { (*key).short_hash() } & mask;
        loop {
            // SAFETY: the index has `mask + 1` initialized entries.
            let i = unsafe { (*self.index.get().add(at as usize)).get() };
            if i == NOT_FOUND || self.key(i) == key {
                return i;
            }
            at = (at + 1) & mask;
        }
    }

    /// Makes room for another key, also in the index; `None` if there is no memory for it.
    pub(super) fn reserve_one(&self, heap: &Heap) -> Option<()> {
        let n = self.len.get();
        if n == self.cap.get() {
            self.set_capacity(heap, (n * 2).max(4))?;
        }
        if n + 1 > LINEAR && self.index.get().is_null() {
            let index = self.alloc_index(heap, self.cap.get())?;
            self.build_index(heap, index);
        }
        Some(())
    }

    /// Adds a key that isn't in it. If there are many, there must be room for it.
    pub(super) fn push(&self, heap: &Heap, key: *const Str) {
        let n = self.len.get();
        let room = self.reserve_one(heap);
        assert!(room.is_some(), "small tables can grow");
        // SAFETY: there is room.
        unsafe { self.keys.get().add(n as usize).write(Cell::new(key)) };
        self.len.set(n + 1);
        heap.barrier(&self.header);
        if key.is_null() {
            self.hidden.set(n);
            return;
        }
        // SAFETY: keys are live strings.
        if unsafe { (*key).is_event_key(Event::Mode) } {
            self.mode.set(n);
        }
        if !self.index.get().is_null() {
            self.enter(n);
        }
    }

    /// Buffers are replaced only when both are there.
    fn set_capacity(&self, heap: &Heap, cap: u32) -> Option<()> {
        let bytes = Heap::usable_size(cap as usize * size_of::<Key>());
        let new = heap.try_buffer(bytes)? as *mut Key;
        let cap = (bytes / size_of::<Key>()) as u32;
        let mut index = null_mut();
        if !self.index.get().is_null() {
            let Some(p) = self.alloc_index(heap, cap) else {
                heap.free_buffer(new as *mut u8, bytes);
                // Both are needed at once.
                heap.note_refused(heap.refused() + bytes);
                return None;
            };
            index = p;
        }
        let old = self.keys.get();
        if !old.is_null() {
            // SAFETY: both hold at least `len` keys.
            unsafe { copy_nonoverlapping(old, new, self.len.get() as usize) };
            heap.free_buffer(old as *mut u8, self.cap.get() as usize * size_of::<Key>());
        }
        self.keys.set(new);
        self.cap.set(cap);
        if !index.is_null() {
            self.build_index(heap, index);
        }
        heap.barrier(&self.header);
        Some(())
    }

    /// Entries of the index for a capacity.
    fn index_entries(cap: u32) -> usize {
        (cap as usize * 2).next_power_of_two()
    }

    fn alloc_index(&self, heap: &Heap, cap: u32) -> Option<*mut Cell<u32>> {
        let bytes = KeyTable::index_entries(cap) * size_of::<u32>();
        Some(heap.try_buffer(bytes)? as *mut Cell<u32>)
    }

    /// Fills a new index, of the size for the capacity.
    fn build_index(&self, heap: &Heap, index: *mut Cell<u32>) {
        let old = self.index.replace(null_mut());
        if !old.is_null() {
            heap.free_buffer(
                old as *mut u8,
                (self.index_mask.get() as usize + 1) * size_of::<u32>(),
            );
        }
        let entries = KeyTable::index_entries(self.cap.get());
        // SAFETY: the buffer is that large.
        unsafe { index.write_bytes(0xff, entries) };
        self.index.set(index);
        self.index_mask.set(entries as u32 - 1);
        for i in 0..self.len.get() {
            if !self.key(i).is_null() {
                self.enter(i);
            }
        }
        heap.barrier(&self.header);
    }

    fn enter(&self, i: u32) {
        let mask = self.index_mask.get();
        // SAFETY: keys are live strings, and this one isn't the hidden slot's.
        let mut at = unsafe { (*self.key(i)).short_hash() } & mask;
        loop {
            // SAFETY: the index has `mask + 1` initialized entries.
            let entry = unsafe { &*self.index.get().add(at as usize) };
            if entry.get() == NOT_FOUND {
                entry.set(i);
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// The table for a shape that has `key` behind the first `count` keys of this one: the same table, if it
    /// ends there or goes on with that key, or a copy.
    pub(super) fn extended<'g>(
        this: Gc<'g, KeyTable>,
        heap: &'g Heap,
        count: u32,
        key: *const Str,
    ) -> Gc<'g, KeyTable> {
        if this.len() > count && this.key(count) == key {
            return this;
        }
        let t = if this.len() == count {
            this
        } else {
            this.filtered(heap, count, count + 1, |_| true)
        };
        t.push(heap, key);
        t
    }
}

/// No key: what a table without keys and the hidden slot have in common.
pub(super) const HIDDEN_KEY: *const Str = null();
