//! The transitions of a shape: from what happens to a table to the shape it gets.
//!
//! A child knows its own [`Edge`], so a transition is no more than a pointer to the child. The usual shape has one;
//! more are in an open-addressed table by the edges' hashes. Pointers are weak: the collector doesn't follow
//! them, and [`Children::remove`] takes out what died.

use super::Shape;
use crate::heap::{Heap, Marker};
use crate::object::Gc;
use crate::string::{Str, close_gap};
use crate::table::Table;
use std::cell::Cell;
use std::mem::size_of;
use std::ptr::{null, null_mut};

/// What leads from one shape to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// Nothing: a root or a private shape.
    None,
    /// A key is added.
    Add(*const Str),
    /// The key `__index` is added, with this table as value.
    AddIndex(*const Str, *const Table),
    /// This metatable is set.
    Fixed(*const Table),
    /// A metatable of this shape is set.
    Structural(*const Shape),
    /// Some metatable is set.
    Dynamic,
}

impl Edge {
    pub(super) const NONE: Edge = Edge::None;

    fn hash(self) -> usize {
        let word = match self {
            Edge::None => 0,
            Edge::Add(k) => k as usize,
            Edge::AddIndex(_, t) | Edge::Fixed(t) => t as usize,
            Edge::Structural(s) => s as usize,
            Edge::Dynamic => 8,
        };
        ((word as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
    }
}

#[repr(C)]
struct Many {
    mask: usize,
    used: usize,
}

/// A shape's children.
pub(super) struct Children {
    /// The only child, if there is no table.
    only: Cell<*const Shape>,
    many: Cell<*mut Many>,
    /// How many children add a key, add `__index` with a known table, and set a known metatable.
    counts: Cell<Counts>,
}

/// Children by sort.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) adds: u16,
    pub(super) indexes: u16,
    pub(super) fixed: u16,
}

impl Counts {
    fn of(&mut self, edge: Edge) -> Option<&mut u16> {
        match edge {
            Edge::Add(_) => Some(&mut self.adds),
            Edge::AddIndex(..) => Some(&mut self.indexes),
            Edge::Fixed(_) => Some(&mut self.fixed),
            Edge::None | Edge::Structural(_) | Edge::Dynamic => None,
        }
    }
}

impl Children {
    pub(super) const fn new() -> Children {
        Children {
            only: Cell::new(null()),
            many: Cell::new(null_mut()),
            counts: Cell::new(Counts { adds: 0, indexes: 0, fixed: 0 }),
        }
    }

    pub(super) fn trace(&self, m: &mut Marker<'_>) {
        if !self.many.get().is_null() {
            m.buffer(self.many.get() as *const u8);
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts.get()
    }

    /// The entries of the table, addresses of shapes or 0.
    fn entries(&self) -> Option<&[Cell<u64>]> {
        let many = self.many.get();
        if many.is_null() {
            return None;
        }
        // SAFETY: the header is followed by `mask + 1` initialized entries.
        Some(unsafe {
            std::slice::from_raw_parts(many.add(1) as *const Cell<u64>, (*many).mask + 1)
        })
    }

    /// The child an edge leads to.
    #[inline]
    pub(super) fn find<'g>(&'g self, edge: Edge) -> Option<Gc<'g, Shape>> {
        let is_it = |p: *const Shape| {
            // SAFETY: dead children are taken out before their memory is reused.
            (unsafe { (*p).edge } == edge).then(|| unsafe { Gc::from_ptr(p) })
        };
        let Some(entries) = self.entries() else {
            let p = self.only.get();
            return if p.is_null() { None } else { is_it(p) };
        };
        let mask = entries.len() - 1;
        let mut i = edge.hash() & mask;
        while entries[i].get() != 0 {
            if let Some(child) = is_it(entries[i].get() as *const Shape) {
                return Some(child);
            }
            i = (i + 1) & mask;
        }
        None
    }

    /// Adds the child of an edge that leads nowhere yet. `owner` is the shape this belongs to.
    pub(super) fn insert(&self, heap: &Heap, owner: &Shape, child: Gc<'_, Shape>) {
        let mut counts = self.counts.get();
        if let Some(n) = counts.of(child.edge) {
            *n += 1;
        }
        self.counts.set(counts);
        if self.many.get().is_null() && self.only.get().is_null() {
            self.only.set(child.as_ptr());
            return;
        }
        self.make_room(heap, owner);
        self.place(child.as_ptr());
    }

    fn place(&self, child: *const Shape) {
        let Some(entries) = self.entries() else { return };
        let mask = entries.len() - 1;
        // SAFETY: children are alive, or not reused yet.
        let mut i = unsafe { (*child).edge }.hash() & mask;
        while entries[i].get() != 0 {
            i = (i + 1) & mask;
        }
        entries[i].set(child as u64);
        // SAFETY: there is a table, since it has entries.
        unsafe { (*self.many.get()).used += 1 };
    }

    fn make_room(&self, heap: &Heap, owner: &Shape) {
        let old = self.many.get();
        let (size, used) = match self.entries() {
            // SAFETY: the table is there.
            Some(entries) => (entries.len(), unsafe { (*old).used }),
            None => (0, 1),
        };
        if (used + 1) * 4 <= size * 3 {
            return;
        }
        let new_size = (size * 2).max(8);
        let bytes = |n: usize| size_of::<Many>() + n * size_of::<u64>();
        let new = heap.alloc_buffer(bytes(new_size)) as *mut Many;
        // SAFETY: the buffer is that large.
        unsafe {
            new.write(Many { mask: new_size - 1, used: 0 });
            (new.add(1) as *mut u64).write_bytes(0, new_size);
        }
        let old_entries = self.entries();
        self.many.set(new);
        match old_entries {
            Some(entries) => {
                for p in entries.iter().map(Cell::get).filter(|p| *p != 0) {
                    self.place(p as *const Shape);
                }
                heap.free_buffer(old as *mut u8, bytes(size));
            }
            None => self.place(self.only.replace(null())),
        }
        heap.barrier(&owner.header);
    }

    /// Takes out a child that died. Its memory must not have been reused yet.
    pub(super) fn remove(&self, child: &Shape) {
        let found = match self.entries() {
            None => {
                let found = std::ptr::eq(self.only.get(), child);
                if found {
                    self.only.set(null());
                }
                found
            }
            Some(entries) => {
                let mask = entries.len() - 1;
                let mut i = child.edge.hash() & mask;
                let wanted = child as *const Shape as u64;
                while entries[i].get() != 0 && entries[i].get() != wanted {
                    i = (i + 1) & mask;
                }
                let found = entries[i].get() != 0;
                if found {
                    // SAFETY: children are alive, or not reused yet.
                    close_gap(entries, i, |e| unsafe { (*(e as *const Shape)).edge }.hash() & mask);
                    // SAFETY: the table is there.
                    unsafe { (*self.many.get()).used -= 1 };
                }
                found
            }
        };
        let mut counts = self.counts.get();
        if found && let Some(n) = counts.of(child.edge) {
            *n -= 1;
        }
        self.counts.set(counts);
    }
}
