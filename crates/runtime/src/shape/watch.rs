//! Watching: how caches learn that what they assumed of other tables has changed.
//!
//! A cache that finds a property through `__index`, or finds that there is none, assumes something of every table
//! it passed. [`Shapes::chain_validity`] gives it one cell for all of that. The cell belongs to the shape the lookup
//! starts from, so that every cached property of a class shares it.
//!
//! Who must flip cells calls [`Shapes::flip`] with the table (or the disowned shape). The table's `WATCHED` flag
//! says that there is something to flip; flipping takes the entry out and clears the flag, so a table that changes
//! all the time pays once per cache that came to rely on it. And a shape whose chain keeps changing stops getting
//! cells ([`MAX_CELLS`]): its lookups take the slow path from then on.

use super::{Meta, Shape, Shapes, shape_flag};
use crate::events::Event;
use crate::heap::{Heap, Marker};
use crate::object::{Gc, Header, HeapObject, Kind};
use crate::table::{Table, TableCx};
use crate::value::tag;
use std::cell::Cell;
use std::mem::offset_of;

/// Chain cells a shape gets before its lookups are no longer cached.
const MAX_CELLS: u8 = 100;

/// Tables followed on a chain before it is taken to be too long, or endless.
pub(crate) const MAX_CACHED_CHAIN: usize = 32;

/// Says whether an assumption still holds. Once flipped it stays so.
#[repr(C)]
pub struct Validity {
    header: Header,
    valid: Cell<u32>,
}

/// Offset of the word in a [`Validity`] that is 1 while it holds and 0 afterwards.
pub const VALIDITY_WORD: usize = offset_of!(Validity, valid);

// SAFETY: `repr(C)`, header first with this kind; it holds no references.
unsafe impl HeapObject for Validity {
    const KIND: Kind = Kind::Validity;
    const TAG: u64 = tag::OBJECT;

    fn trace(&self, _: &mut Marker<'_>) {}
}

impl Validity {
    pub(super) fn new(heap: &Heap) -> Gc<'_, Validity> {
        heap.alloc(Validity { header: Header::new(Kind::Validity), valid: Cell::new(1) })
    }

    /// Whether it still holds.
    #[inline(always)]
    pub fn holds(&self) -> bool {
        self.valid.get() != 0
    }
}

impl Shapes {
    /// A cell that always holds.
    pub fn always<'g>(&self, heap: &'g Heap) -> Gc<'g, Validity> {
        if self.always.get().is_null() {
            self.always.set(Validity::new(heap).as_ptr());
        }
        // SAFETY: kept alive as a root.
        unsafe { Gc::from_ptr(self.always.get()) }
    }

    fn register(&self, address: usize, cell: Gc<'_, Validity>) {
        self.watchers.borrow_mut().entry(address).or_default().push(cell.as_ptr());
    }

    fn register_table(&self, t: Gc<'_, Table>, cell: Gc<'_, Validity>) {
        t.mark_watched();
        self.register(t.as_ptr() as usize, cell);
    }

    fn flip_address(&self, address: usize) {
        if let Some(cells) = self.watchers.borrow_mut().remove(&address) {
            for c in cells {
                // SAFETY: dead cells are taken out when marking ends.
                unsafe { (*c).valid.set(0) };
            }
        }
    }

    /// Something happened to a watched table that caches relied on.
    #[cold]
    pub(crate) fn flip(&self, t: &Table) {
        self.flip_address(t as *const Table as usize);
        t.clear_watched();
    }

    /// A metatable changes that objects have structural claims on, `origin` being the shape they know it by.
    pub(crate) fn disown(&self, origin: &Shape) {
        origin.header.set_flag(shape_flag::DISOWNED, true);
        self.flip_address(origin as *const Shape as usize);
    }

    /// How many tables and shapes have watchers.
    pub fn watched(&self) -> usize {
        self.watchers.borrow().len()
    }

    pub(super) fn clear_dead_watchers(&self, is_dead: &dyn Fn(*const u8) -> bool) {
        self.watchers.borrow_mut().retain(|address, cells| {
            cells.retain(|c| !is_dead(*c as *const u8));
            if !is_dead(*address as *const u8) {
                return !cells.is_empty();
            }
            // What died can't be found through any chain, but a weak table on one may have lost it.
            for c in cells {
                // SAFETY: alive, as just checked.
                unsafe { (**c).valid.set(0) };
            }
            false
        });
    }

    /// The cell for "the chain from this shape is as it is now", and for private shapes also "no key was added to
    /// its table, and its metatable is the same". `owner` is the table of a private shape. `None` if lookups along
    /// that chain aren't to be cached.
    ///
    /// The tables on the chain get private shapes; possibly the table the lookup started from is among them.
    pub(crate) fn chain_validity<'g>(
        &self,
        cx: TableCx<'g>,
        shape: Gc<'g, Shape>,
        owner: Option<Gc<'g, Table>>,
    ) -> Option<Gc<'g, Validity>> {
        let known = shape.chain.get();
        if !known.is_null() {
            // SAFETY: a shape keeps its cell alive.
            let known: Gc<'g, Validity> = unsafe { Gc::from_ptr(known) };
            if known.holds() {
                return Some(known);
            }
        }
        if shape.chain_cells.get() == MAX_CELLS {
            return None;
        }
        let cell = Validity::new(cx.heap);
        if let Some(t) = owner {
            self.register_table(t, cell);
        }
        if !self.register_chain(cx, shape, cell) {
            return None;
        }
        shape.chain_cells.set(shape.chain_cells.get() + 1);
        shape.chain.set(cell.as_ptr());
        cx.heap.barrier(&shape.header);
        Some(cell)
    }

    fn register_chain<'g>(
        &self,
        cx: TableCx<'g>,
        shape: Gc<'g, Shape>,
        cell: Gc<'g, Validity>,
    ) -> bool {
        let mut next = match shape.get().meta() {
            Meta::None => None,
            Meta::Dynamic { .. } => return false,
            Meta::Fixed(m) => self.register_meta(cx, m, cell),
            Meta::Structural { shape: m, .. } => {
                if m.is_disowned() {
                    return false;
                }
                self.register(m.as_ptr() as usize, cell);
                m.get().const_index()
            }
        };
        for _ in 0..MAX_CACHED_CHAIN {
            let Some(t) = next else { return true };
            t.make_private(cx);
            self.register_table(t, cell);
            next = match t.get().metatable() {
                Some(m) => self.register_meta(cx, m, cell),
                None => None,
            };
        }
        false
    }

    /// Watches a metatable, and returns what its `__index` is, if a table.
    fn register_meta<'g>(
        &self,
        cx: TableCx<'g>,
        m: Gc<'g, Table>,
        cell: Gc<'g, Validity>,
    ) -> Option<Gc<'g, Table>> {
        m.make_private(cx);
        self.register_table(m, cell);
        m.fast_event(Event::Index, cx.event_key(Event::Index)).downcast::<Table>()
    }
}
