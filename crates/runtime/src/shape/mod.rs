//! Shapes: which named fields a table has, and where; and what its metatable is.
//!
//! **Problem.** A property access should be one comparison and one load, also when the property is found through
//! `__index` in a class. So tables made alike must share a description that a cache can compare by address, and
//! that description must prove layout *and* metatable.
//!
//! **Design.** Shapes form a tree per inline capacity ([`Shapes::root`]). Adding a key leads to a child, and so
//! does setting a metatable. The tree holds its children weakly.
//!
//! How a shape knows the metatable is its [`Meta`]:
//!
//! * [`Meta::Fixed`]: it is this one. The case of classes, many objects with one metatable.
//! * [`Meta::Structural`]: it is in a hidden slot of the object, each object has its own, but they all have the
//!   same shape, and that shape's `__index` is one particular table. This is the idiom
//!   `setmetatable(obj, {__index = Class})` with a fresh metatable per object. Adding the key `__index` with a table
//!   as value is a transition keyed by that table, so the metatable's shape fixes it ([`Shape::const_index`]); a
//!   write of something else moves the metatable to a shape without the claim, and *disowns* the shape it had:
//!   objects that relied on it are from then on treated as `Dynamic`.
//! * [`Meta::Dynamic`]: it is in a hidden slot and nothing is known of it. For metatables in excess of what a
//!   shape has transitions for.
//!
//! *Private shapes* belong to one table. Keys are added to them in place. Tables with many keys, tables whose keys
//! are data, and tables that are *watched* have them. What a cache learned from a private shape stays true of
//! found fields (slots don't move); what it learned of missing ones needs a [`Validity`]. If slots must move or the
//! metatable changes, the table gets a new private shape.
//!
//! *Validity cells* stand for "the `__index` chain from this shape is as it was". The cell is registered with every
//! table on the chain, which are watched for it: a new key, a nil field that gets a value, an assignment to a
//! metamethod, or a change of metatable there flips the cell for good ([`watch`]).
//!
//! **Invariants.**
//! - The slots of a table hold values up to its shape's count, and nothing else is looked at.
//! - Only short strings are keys; no key appears twice in what a shape sees.
//! - A table of a shape with `const_index` has that table under `__index`, and isn't that table.
//! - Meta and layout of a shape never change, but for keys added to a private one.
//!
//! **Rejected.** Metatables outside of the shape: every access to an object with a class would check twice. A
//! transition per fresh metatable: one shape per object. Flipping validity per key instead of per table: the lists
//! would grow with classes × keys, to save a few misses while a program starts.

mod children;
mod keys;
mod transitions;
pub(crate) mod watch;

pub use keys::KeyTable;
pub(crate) use keys::NOT_FOUND;
pub use transitions::KeyOrigin;
pub(crate) use transitions::MAX_KEYS;
pub use watch::{VALIDITY_WORD, Validity};

use crate::heap::{Heap, Marker};
use crate::object::{Gc, Header, HeapObject, Kind};
use crate::string::Str;
use crate::table::Table;
use crate::value::tag;
use children::{Children, Edge};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::offset_of;
use std::ptr::null;

/// Header flags of shapes.
pub(crate) mod shape_flag {
    /// Owned by one table.
    pub(crate) const PRIVATE: u8 = 1;
    /// All keys are metamethod events.
    pub(crate) const ONLY_EVENTS: u8 = 2;
    /// Structural claims about tables of this shape no longer hold.
    pub(crate) const DISOWNED: u8 = 4;
    /// Reached from its parent by a change of metatable.
    pub(crate) const META_STEP: u8 = 8;
}

/// How the metatable of a shape's tables is found.
#[derive(Clone, Copy)]
pub enum Meta<'g> {
    /// There is none.
    None,
    /// This one.
    Fixed(Gc<'g, Table>),
    /// In the slot `slot`; and it has the shape `shape`, which has a `const_index`, unless that is disowned.
    Structural {
        /// The hidden slot.
        slot: u32,
        /// The metatable's shape (or what it was, should the metatable have become private unchanged).
        shape: Gc<'g, Shape>,
    },
    /// In the slot `slot`.
    Dynamic {
        /// The hidden slot.
        slot: u32,
    },
}

/// [`Meta`] as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MetaKind {
    /// See [`Meta::None`].
    None,
    /// See [`Meta::Fixed`].
    Fixed,
    /// See [`Meta::Structural`].
    Structural,
    /// See [`Meta::Dynamic`].
    Dynamic,
}

/// A shape.
#[repr(C)]
pub struct Shape {
    pub(crate) header: Header,
    count: Cell<u32>,
    keys: *const KeyTable,
    meta_kind: MetaKind,
    inline_cap: u8,
    /// How many chain cells were made for this shape.
    chain_cells: Cell<u8>,
    meta_slot: u32,
    /// The metatable or its shape.
    meta_target: *const u8,
    const_index: Cell<*const Table>,
    /// Shared shapes: where it was reached from. Private ones: the shape for whose structural claims the table
    /// still answers, or null.
    parent: Cell<*const Shape>,
    edge: Edge,
    chain: Cell<*const Validity>,
    children: Children,
}

/// Offset of the metatable pointer in a shape whose meta kind is `Fixed`.
pub const SHAPE_META_TARGET: usize = offset_of!(Shape, meta_target);
/// Offset of the meta kind byte.
pub const SHAPE_META_KIND: usize = offset_of!(Shape, meta_kind);
/// Offset of the number of keys.
pub const SHAPE_COUNT: usize = offset_of!(Shape, count);

// SAFETY: `repr(C)`, header first with this kind; `trace` reports all strong references (children are weak).
unsafe impl HeapObject for Shape {
    const KIND: Kind = Kind::Shape;
    const TAG: u64 = tag::OBJECT;

    fn trace(&self, m: &mut Marker<'_>) {
        m.object(self.keys);
        match self.meta_kind {
            MetaKind::None | MetaKind::Dynamic => {}
            MetaKind::Fixed => m.object(self.meta_target as *const Table),
            MetaKind::Structural => m.object(self.meta_target as *const Shape),
        }
        if !self.const_index.get().is_null() {
            m.object(self.const_index.get());
        }
        if !self.parent.get().is_null() {
            m.object(self.parent.get());
        }
        if !self.chain.get().is_null() {
            m.object(self.chain.get());
        }
        self.children.trace(m);
    }
}

impl Shape {
    /// Whether it belongs to one table.
    #[inline(always)]
    pub fn is_private(&self) -> bool {
        self.header.has(shape_flag::PRIVATE)
    }

    /// How many slots its tables use.
    #[inline(always)]
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// How many of them are inside the object.
    #[inline(always)]
    pub fn inline_cap(&self) -> u32 {
        self.inline_cap as u32
    }

    #[inline(always)]
    pub(crate) fn keys(&self) -> &KeyTable {
        // SAFETY: a shape keeps its key table alive.
        unsafe { &*self.keys }
    }

    /// The slot of a key, a short string; not below [`Shape::count`] if there is none.
    #[inline(always)]
    pub(crate) fn find(&self, key: *const Str) -> u32 {
        self.keys().find(key)
    }

    /// The slot of a key, a short string, if there is one.
    #[inline]
    pub fn slot_of(&self, key: Gc<'_, Str>) -> Option<u32> {
        let i = self.find(key.as_ptr());
        (i < self.count()).then_some(i)
    }

    /// The key of a slot; `None` for a hidden one.
    pub fn key_at<'g>(&'g self, slot: u32) -> Option<Gc<'g, Str>> {
        if slot >= self.count() {
            return None;
        }
        let key = self.keys().key(slot);
        // SAFETY: a key table keeps its keys alive.
        if key.is_null() { None } else { Some(unsafe { Gc::from_ptr(key) }) }
    }

    /// How its tables' metatable is found.
    #[inline(always)]
    pub fn meta<'g>(&'g self) -> Meta<'g> {
        match self.meta_kind {
            MetaKind::None => Meta::None,
            MetaKind::Fixed => {
                // SAFETY: a shape keeps its metatable alive.
                Meta::Fixed(unsafe { Gc::from_ptr(self.meta_target as *const Table) })
            }
            MetaKind::Structural => {
                // SAFETY: a shape keeps its metatable's shape alive.
                let shape = unsafe { Gc::from_ptr(self.meta_target as *const Shape) };
                Meta::Structural { slot: self.meta_slot, shape }
            }
            MetaKind::Dynamic => Meta::Dynamic { slot: self.meta_slot },
        }
    }

    /// Whether its tables have a metatable.
    #[inline(always)]
    pub fn has_meta(&self) -> bool {
        self.meta_kind != MetaKind::None
    }

    /// The table that all tables of this shape have under `__index`, if that is known.
    pub fn const_index<'g>(&'g self) -> Option<Gc<'g, Table>> {
        let p = self.const_index.get();
        // SAFETY: a shape keeps it alive.
        if p.is_null() { None } else { Some(unsafe { Gc::from_ptr(p) }) }
    }

    /// Whether structural claims about tables of this shape no longer hold.
    pub(crate) fn is_disowned(&self) -> bool {
        self.header.has(shape_flag::DISOWNED)
    }

    pub(crate) fn parent<'g>(&'g self) -> Option<Gc<'g, Shape>> {
        let p = self.parent.get();
        // SAFETY: a shape keeps its parent alive.
        if p.is_null() { None } else { Some(unsafe { Gc::from_ptr(p) }) }
    }

    /// Drops the claim on `__index` of a private shape. Shared shapes keep theirs.
    pub(crate) fn drop_const_index(&self) {
        debug_assert!(self.is_private());
        self.const_index.set(null());
    }

    /// Makes room for another key of a private shape; `None` if there is no memory for it.
    pub(crate) fn reserve_key(&self, heap: &Heap) -> Option<()> {
        self.keys().reserve_one(heap)
    }

    /// Adds a key to a private shape.
    pub(crate) fn add_key(&self, heap: &Heap, key: Gc<'_, Str>) {
        debug_assert!(self.is_private() && self.keys().len() == self.count());
        self.keys().push(heap, key.as_ptr());
        self.count.set(self.count() + 1);
    }
}

/// What a new shape is made of.
struct Parts<'g> {
    flags: u8,
    inline_cap: u8,
    count: u32,
    keys: Gc<'g, KeyTable>,
    meta: Meta<'g>,
    const_index: *const Table,
    parent: *const Shape,
    edge: Edge,
}

/// Inline capacities that have a root shape.
const INLINE_CAPS: [u8; 11] = [0, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64];

/// A state's shapes.
pub struct Shapes {
    roots: [Cell<*const Shape>; INLINE_CAPS.len()],
    /// A cell that is always valid.
    always: Cell<*const Validity>,
    /// Every shape.
    all: RefCell<Vec<*const Shape>>,
    /// Where in `all` those made since the last collection begin.
    young: Cell<usize>,
    /// Which cells to flip when something happens to a table or to a shape's claims, by address.
    watchers: RefCell<HashMap<usize, Vec<*const Validity>>>,
}

impl Default for Shapes {
    fn default() -> Shapes {
        Shapes::new()
    }
}

impl Shapes {
    /// No shapes yet.
    pub fn new() -> Shapes {
        Shapes {
            roots: [const { Cell::new(null()) }; INLINE_CAPS.len()],
            always: Cell::new(null()),
            all: RefCell::default(),
            young: Cell::new(0),
            watchers: RefCell::default(),
        }
    }

    /// The shape of empty tables with room for at least `fields` in the object, within reason.
    #[inline]
    pub fn root<'g>(&self, heap: &'g Heap, fields: usize) -> Gc<'g, Shape> {
        let row = INLINE_CAPS.iter().position(|c| *c as usize >= fields);
        let row = row.unwrap_or(INLINE_CAPS.len() - 1);
        let p = self.roots[row].get();
        if p.is_null() {
            return self.make_root(heap, row);
        }
        // SAFETY: root shapes are kept alive (`trace_roots`).
        unsafe { Gc::from_ptr(p) }
    }

    #[cold]
    fn make_root<'g>(&self, heap: &'g Heap, row: usize) -> Gc<'g, Shape> {
        let shape = self.make(
            heap,
            Parts {
                flags: shape_flag::ONLY_EVENTS,
                inline_cap: INLINE_CAPS[row],
                count: 0,
                keys: KeyTable::new(heap, 0),
                meta: Meta::None,
                const_index: null(),
                parent: null(),
                edge: Edge::NONE,
            },
        );
        self.roots[row].set(shape.as_ptr());
        shape
    }

    fn make<'g>(&self, heap: &'g Heap, p: Parts<'g>) -> Gc<'g, Shape> {
        let header = Header::new(Kind::Shape);
        header.flags.set(p.flags);
        let (meta_kind, meta_slot, meta_target) = match p.meta {
            Meta::None => (MetaKind::None, 0, null()),
            Meta::Fixed(m) => (MetaKind::Fixed, 0, m.as_ptr() as *const u8),
            Meta::Structural { slot, shape } => {
                (MetaKind::Structural, slot, shape.as_ptr() as *const u8)
            }
            Meta::Dynamic { slot } => (MetaKind::Dynamic, slot, null()),
        };
        let shape = heap.alloc(Shape {
            header,
            count: Cell::new(p.count),
            keys: p.keys.as_ptr(),
            meta_kind,
            inline_cap: p.inline_cap,
            chain_cells: Cell::new(0),
            meta_slot,
            meta_target,
            const_index: Cell::new(p.const_index),
            parent: Cell::new(p.parent),
            edge: p.edge,
            chain: Cell::new(null()),
            children: Children::new(),
        });
        self.all.borrow_mut().push(shape.as_ptr());
        shape
    }

    /// A shape for values other than tables that have the metatable `m`: property caches treat it as the shape of
    /// such a value. The caller keeps it alive.
    pub fn for_type<'g>(&self, heap: &'g Heap, m: Gc<'g, Table>) -> Gc<'g, Shape> {
        self.make(
            heap,
            Parts {
                flags: 0,
                inline_cap: 0,
                count: 0,
                keys: KeyTable::new(heap, 0),
                meta: Meta::Fixed(m),
                const_index: null(),
                parent: null(),
                edge: Edge::NONE,
            },
        )
    }

    /// How many shapes there are.
    pub fn len(&self) -> usize {
        self.all.borrow().len()
    }

    /// Whether there are none yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reports the roots.
    pub(crate) fn trace_roots(&self, m: &mut Marker<'_>) {
        for r in self.roots.iter().filter(|r| !r.get().is_null()) {
            m.object(r.get());
        }
        if !self.always.get().is_null() {
            m.object(self.always.get());
        }
    }

    /// Forgets what the collector found dead. After a minor collection (`major` is false) only shapes made since
    /// the last one are looked at.
    pub(crate) fn clear_dead(&self, _: &Heap, is_dead: &dyn Fn(*const u8) -> bool, major: bool) {
        let mut all = self.all.borrow_mut();
        let first = if major { 0 } else { self.young.get() };
        let mut kept = first;
        for i in first..all.len() {
            let shape = all[i];
            if !is_dead(shape as *const u8) {
                all[kept] = shape;
                kept += 1;
                continue;
            }
            // SAFETY: its memory hasn't been reused yet.
            let shape = unsafe { &*shape };
            let parent = shape.parent.get();
            if !shape.is_private() && !parent.is_null() && !is_dead(parent as *const u8) {
                // SAFETY: alive, as just checked.
                unsafe { (*parent).children.remove(shape) };
            }
        }
        all.truncate(kept);
        self.young.set(kept);
        drop(all);
        self.clear_dead_watchers(is_dead);
    }
}

#[cfg(test)]
mod tests;
