//! From shape to shape: adding keys, changing metatables, going private.

use super::children::Edge;
use super::keys::HIDDEN_KEY;
use super::{KeyTable, Meta, NOT_FOUND, Parts, Shape, Shapes, shape_flag};
use crate::events::Event;
use crate::heap::Heap;
use crate::object::Gc;
use crate::string::Str;
use crate::table::Table;
use crate::value::Value;
use std::ptr::null;

/// Keys a shared shape may have.
pub(crate) const MAX_KEYS: u32 = 128;
/// Keys a shared shape may have when the next is added by `t[k] = v`.
pub(crate) const MAX_DYNAMIC_KEYS: u32 = 32;
/// Children by key of a shape.
const MAX_FAN_OUT: u16 = 64;
/// Children by key of a root shape, for keys that are names in the program: every record type begins here.
const MAX_ROOT_FAN_OUT: u16 = 4096;
/// Children of a shape by the table under `__index`.
const MAX_INDEX_FAN_OUT: u16 = 512;
/// Children of a shape by metatable, whatever the metatable is.
const MAX_FIXED: u16 = 16;
/// Children of a shape by metatable, for metatables that are used repeatedly.
const MAX_FIXED_REUSED: u16 = 1024;

/// How a key came to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// It is a name in the program: `t.x = v`, `{x = v}`.
    Name,
    /// It was computed: `t[k] = v`.
    Computed,
}

impl Shapes {
    /// The shared shape of a table that had the shared shape `from` and gets `key` with the value `v`. `None` if
    /// the table should have a private shape.
    pub(crate) fn child_for_key<'g>(
        &self,
        heap: &'g Heap,
        from: Gc<'g, Shape>,
        table: &Table,
        (key, v): (Gc<'g, Str>, Value<'g>),
        origin: KeyOrigin,
    ) -> Option<Gc<'g, Shape>> {
        debug_assert!(!from.is_private());
        let plain = Edge::Add(key.as_ptr());
        let counts = from.children.counts();
        let mut edge = plain;
        let mut const_index = from.const_index.get();
        if key.is_event_key(Event::Index)
            && let Some(c) = v.downcast::<Table>()
            && !std::ptr::eq(c.as_ptr(), table)
        {
            edge = Edge::AddIndex(key.as_ptr(), c.as_ptr());
            const_index = c.as_ptr();
            if let Some(child) = from.get().children.find(edge) {
                return Some(child);
            }
            if counts.indexes >= MAX_INDEX_FAN_OUT {
                (edge, const_index) = (plain, null());
            }
        }
        if let Some(child) = from.get().children.find(edge) {
            return Some(child);
        }
        let root = from.parent.get().is_null();
        let (max_keys, max_fan_out) = match origin {
            KeyOrigin::Name => (MAX_KEYS, if root { MAX_ROOT_FAN_OUT } else { MAX_FAN_OUT }),
            KeyOrigin::Computed => (MAX_DYNAMIC_KEYS, MAX_FAN_OUT),
        };
        if from.count() >= max_keys || counts.adds >= max_fan_out {
            return None;
        }
        let keys = KeyTable::extended(keys_of(from), heap, from.count(), key.as_ptr());
        let events = if key.is_event() { shape_flag::ONLY_EVENTS } else { 0 };
        let child = self.make(
            heap,
            Parts {
                flags: from.header.flags.get() & events,
                inline_cap: from.inline_cap,
                count: from.count() + 1,
                keys,
                meta: from.get().meta(),
                const_index,
                parent: from.as_ptr(),
                edge,
            },
        );
        from.children.insert(heap, &from, child);
        Some(child)
    }

    /// The same for a key that is a name in the program and not that of a metamethod, whatever the value.
    pub(crate) fn child_for_name<'g>(
        &self,
        heap: &'g Heap,
        from: Gc<'g, Shape>,
        table: &Table,
        key: Gc<'g, Str>,
    ) -> Option<Gc<'g, Shape>> {
        debug_assert!(!key.is_event());
        self.child_for_key(heap, from, table, (key, Value::TRUE), KeyOrigin::Name)
    }

    /// The shared shape of a table that had the shared shape `from` and gets the metatable `to`.
    /// `first_use` says that `to` wasn't anyone's metatable before.
    pub(crate) fn child_for_meta<'g>(
        &self,
        heap: &'g Heap,
        from: Gc<'g, Shape>,
        table: &Table,
        to: Gc<'g, Table>,
        first_use: bool,
    ) -> Gc<'g, Shape> {
        debug_assert!(!from.is_private());
        let base = base_of(from);
        let edge = edge_for_meta(base, table, to, first_use);
        if is_at(base, edge) {
            return base;
        }
        if let Some(child) = base.get().children.find(edge) {
            return child;
        }
        let (mut keys, mut count) = (keys_of(base), base.count());
        let mut slot = keys.hidden();
        let fixed = matches!(edge, Edge::Fixed(_));
        if !fixed && slot >= count {
            keys = KeyTable::extended(keys, heap, count, HIDDEN_KEY);
            slot = count;
            count += 1;
        }
        let meta = match edge {
            Edge::Structural(_) => Meta::Structural { slot, shape: to.get().shape() },
            _ if fixed => Meta::Fixed(to),
            _ => Meta::Dynamic { slot },
        };
        let child = self.make(
            heap,
            Parts {
                flags: base.header.flags.get() & shape_flag::ONLY_EVENTS | shape_flag::META_STEP,
                inline_cap: base.inline_cap,
                count,
                keys,
                meta,
                const_index: base.const_index.get(),
                parent: base.as_ptr(),
                edge,
            },
        );
        base.children.insert(heap, &base, child);
        child
    }

    /// The shared shape of a table that had the shared shape `from` and loses its metatable; `None` if it should
    /// have a private shape. (A child of a shape with a metatable would keep the metatable alive.)
    pub(crate) fn without_meta<'g>(&self, from: Gc<'g, Shape>) -> Option<Gc<'g, Shape>> {
        let base = base_of(from);
        (!base.has_meta()).then_some(base)
    }

    /// A private shape with the slots of `from`. `meta` is its metatable, found in no slot; `origin` the shape for
    /// whose structural claims the table answers.
    pub(crate) fn private_copy<'g>(
        &self,
        heap: &'g Heap,
        from: Gc<'g, Shape>,
        meta: Option<Gc<'g, Table>>,
        origin: Option<Gc<'g, Shape>>,
    ) -> Gc<'g, Shape> {
        let keys = if from.is_private() {
            keys_of(from)
        } else {
            from.keys().filtered(heap, from.count(), from.count(), |_| true)
        };
        let const_index = if origin.is_some() { from.const_index.get() } else { null() };
        self.make_private(heap, from, keys, meta, (origin, const_index))
    }

    /// A private shape without slots, and with room for `keys`.
    pub(crate) fn private_empty<'g>(&self, heap: &'g Heap, keys: u32) -> Gc<'g, Shape> {
        let from = self.root(heap, 0);
        self.make_private(heap, from, KeyTable::new(heap, keys), None, (None, null()))
    }

    /// A private shape with those slots of `from`, private too, which `keep` wants, renumbered in order.
    pub(crate) fn private_compacted<'g>(
        &self,
        heap: &'g Heap,
        from: Gc<'g, Shape>,
        meta: Option<Gc<'g, Table>>,
        keep: impl Fn(u32) -> bool,
    ) -> Gc<'g, Shape> {
        debug_assert!(from.is_private());
        let keep = |i| keep(i) && !from.keys().key(i).is_null();
        let count = (0..from.count()).filter(|i| keep(*i)).count() as u32;
        let keys = from.keys().filtered(heap, from.count(), count * 2, keep);
        self.make_private(heap, from, keys, meta, (from.get().parent(), from.const_index.get()))
    }

    fn make_private<'g>(
        &self,
        heap: &'g Heap,
        from: Gc<'g, Shape>,
        keys: Gc<'g, KeyTable>,
        meta: Option<Gc<'g, Table>>,
        (origin, const_index): (Option<Gc<'g, Shape>>, *const Table),
    ) -> Gc<'g, Shape> {
        self.make(
            heap,
            Parts {
                flags: shape_flag::PRIVATE,
                inline_cap: from.inline_cap,
                count: keys.len(),
                keys,
                meta: meta.map_or(Meta::None, Meta::Fixed),
                const_index,
                parent: origin.map_or(null(), |o| o.as_ptr()),
                edge: Edge::NONE,
            },
        )
    }
}

fn keys_of<'g>(shape: Gc<'g, Shape>) -> Gc<'g, KeyTable> {
    // SAFETY: a shape keeps its key table alive.
    unsafe { Gc::from_ptr(shape.keys) }
}

/// Where a change of metatable leads from. Metatables replace each other, so it is where the last change came from.
fn base_of(shape: Gc<'_, Shape>) -> Gc<'_, Shape> {
    let step = shape.header.has(shape_flag::META_STEP);
    if step { shape.get().parent().unwrap_or(shape) } else { shape }
}

/// How tables of the shape `base` get the metatable `m`.
fn edge_for_meta(base: Gc<'_, Shape>, table: &Table, m: Gc<'_, Table>, first_use: bool) -> Edge {
    let ms = m.shape();
    let structural = !std::ptr::eq(m.as_ptr(), table)
        && !ms.is_private()
        && ms.const_index().is_some()
        && ms.header.has(shape_flag::ONLY_EVENTS)
        && !ms.is_disowned();
    if structural {
        return Edge::Structural(ms.as_ptr());
    }
    let fixed = base.children.counts().fixed;
    let edge = Edge::Fixed(m.as_ptr());
    let limit = if first_use { MAX_FIXED } else { MAX_FIXED_REUSED };
    if fixed < limit || is_at(base, edge) || base.get().children.find(edge).is_some() {
        edge
    } else {
        Edge::Dynamic
    }
}

/// Whether a shape is already what an edge would lead to.
fn is_at(base: Gc<'_, Shape>, edge: Edge) -> bool {
    match (base.meta(), edge) {
        (Meta::Dynamic { .. }, Edge::Dynamic) => true,
        (Meta::Fixed(m), Edge::Fixed(n)) => std::ptr::eq(m.as_ptr(), n),
        (Meta::Structural { shape, .. }, Edge::Structural(s)) => std::ptr::eq(shape.as_ptr(), s),
        _ => false,
    }
}

const _: () = assert!(NOT_FOUND > MAX_KEYS);
