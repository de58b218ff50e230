//! Properties for inline caches.
//!
//! [`lookup_get`] and [`lookup_set`] say *where* a property is, so that a site can remember it for the shape;
//! [`PropertyCache`] is what it remembers. A cache is only ever right or a miss: whatever has side conditions that
//! a shape and a validity cell don't express isn't cached.
//!
//! * The keys of metamethods are set through a cache only where they are new to a table that nothing relies on: other
//!   writes of them must reach the table (see `slots`).
//! * Nil means absent. So for a field that turns out nil although there is a metatable, there must be a validity cell
//!   that says that nothing is found beyond; a field found through `__index` that turns out nil is a miss.
//! * Private shapes get keys without changing. So what isn't found in one, or is found beyond it, depends on a
//!   validity cell; and adding to one isn't cached.
//! * If a replaced field's old value is nil, the table must not be watched, and a validity cell must say that there is
//!   no `__newindex`, unless there is no metatable.

use super::{SlotRef, Table, TableCx, slot_ref};
use crate::events::Event;
use crate::heap::{Heap, Marker};
use crate::object::Gc;
use crate::shape::watch::MAX_CACHED_CHAIN;
use crate::shape::{KeyOrigin, Meta, Shape, Validity};
use crate::string::Str;
use crate::value::{Value, tag};
use std::cell::{Cell, OnceCell};
use std::ptr::null;

/// Where a property is read.
#[derive(Clone, Copy)]
pub enum GetResolution<'g> {
    /// In the table.
    Own {
        /// Where.
        slot: SlotRef,
        /// If it is nil now and there is a metatable: nothing is found beyond as long as this holds.
        absent_beyond: Option<Gc<'g, Validity>>,
    },
    /// In a table found through `__index`, as long as `validity` holds and the field isn't nil.
    Holder {
        /// That table.
        holder: Gc<'g, Table>,
        /// Where in it.
        slot: SlotRef,
        /// What it depends on.
        validity: Gc<'g, Validity>,
    },
    /// Nowhere: it is nil, as long as `validity` holds.
    Absent {
        /// What it depends on.
        validity: Gc<'g, Validity>,
    },
    /// Ask again each time.
    Uncacheable,
}

/// Where a property is written.
#[derive(Clone, Copy)]
pub enum SetResolution<'g> {
    /// In the table.
    Existing {
        /// Where.
        slot: SlotRef,
        /// Whether only values other than nil may be replaced, unless `over_nil` holds.
        needs_nil_check: bool,
        /// If it is nil now: nil may be replaced as long as this holds.
        over_nil: Option<Gc<'g, Validity>>,
    },
    /// It is added (unless the value is nil) as long as `validity` holds.
    Add {
        /// The shape the table gets.
        new_shape: Gc<'g, Shape>,
        /// Where the value goes. If outline, there may have to be made room first.
        slot: SlotRef,
        /// What it depends on.
        validity: Gc<'g, Validity>,
    },
    /// A metamethod is added to a table without a metatable that isn't guarded.
    AddEvent {
        /// The shape the table gets.
        new_shape: Gc<'g, Shape>,
        /// Where the value goes, a byte offset in the table.
        offset: u32,
        /// If it is `__index`: the table it must be.
        value: Option<Gc<'g, Table>>,
    },
    /// Ask again each time.
    Uncacheable,
}

/// Resolves a read of a table's field; the key is a short string. Tables on the `__index` chain become watched.
pub fn lookup_get<'g>(cx: TableCx<'g>, t: Gc<'g, Table>, key: Gc<'g, Str>) -> GetResolution<'g> {
    // Watching the chain may change the table's own shape, if it is on its own chain.
    for _ in 0..2 {
        let shape = t.get().shape();
        let own = shape.slot_of(key);
        let answers = own.is_some_and(|slot| !shape.has_meta() || !t.slot(slot).get().is_nil());
        let beyond = if answers { None } else { Some(lookup_beyond(cx, shape, Some(t), key)) };
        if !t.shape().same(shape) {
            continue;
        }
        let absent_beyond = match beyond {
            Some(GetResolution::Absent { validity }) => Some(validity),
            _ => None,
        };
        match (own, beyond) {
            (Some(slot), _) => {
                return GetResolution::Own { slot: slot_ref(&shape, slot), absent_beyond };
            }
            (None, Some(found)) => return found,
            (None, None) => break,
        }
    }
    GetResolution::Uncacheable
}

/// The same for a value that isn't a table, whose type has a shape made by `Shapes::for_type`.
pub fn lookup_get_of_type<'g>(
    cx: TableCx<'g>,
    shape: Gc<'g, Shape>,
    key: Gc<'g, Str>,
) -> GetResolution<'g> {
    lookup_beyond(cx, shape, None, key)
}

/// The value of `__index` in a metatable.
fn index_of<'g>(cx: TableCx<'g>, meta: Option<Gc<'g, Table>>) -> Value<'g> {
    meta.map_or(Value::NIL, |m| m.fast_event(Event::Index, cx.event_key(Event::Index)))
}

fn lookup_beyond<'g>(
    cx: TableCx<'g>,
    shape: Gc<'g, Shape>,
    table: Option<Gc<'g, Table>>,
    key: Gc<'g, Str>,
) -> GetResolution<'g> {
    if !shape.has_meta() && !shape.is_private() {
        return GetResolution::Absent { validity: cx.shapes.always(cx.heap) };
    }
    let owner = table.filter(|_| shape.is_private());
    let Some(validity) = cx.shapes.chain_validity(cx, shape, owner) else {
        return GetResolution::Uncacheable;
    };
    let mut next = match shape.get().meta() {
        Meta::None => Value::NIL,
        Meta::Fixed(m) => index_of(cx, Some(m)),
        Meta::Structural { shape: m, .. } => {
            m.get().const_index().map_or(Value::NIL, Value::object)
        }
        Meta::Dynamic { .. } => return GetResolution::Uncacheable,
    };
    for _ in 0..=MAX_CACHED_CHAIN {
        if next.is_nil() {
            return GetResolution::Absent { validity };
        }
        let Some(holder) = next.downcast::<Table>() else { return GetResolution::Uncacheable };
        let shape = holder.get().shape();
        if let Some(slot) = shape.slot_of(key)
            && !holder.slot(slot).get().is_nil()
        {
            return GetResolution::Holder { holder, slot: slot_ref(&shape, slot), validity };
        }
        next = index_of(cx, holder.get().metatable());
    }
    GetResolution::Uncacheable
}

/// Resolves a write of the value `v` to a table's field whose name is in the program; the key is a short string. To be
/// asked before the write.
pub fn lookup_set<'g>(
    cx: TableCx<'g>,
    t: Gc<'g, Table>,
    key: Gc<'g, Str>,
    v: Value<'g>,
) -> SetResolution<'g> {
    if key.is_event() {
        return lookup_set_event(cx, t, key, v);
    }
    let shape = t.get().shape();
    if let Some(slot) = shape.slot_of(key) {
        let needs_nil_check = shape.has_meta() || shape.is_private();
        let over_nil = if shape.is_private() || !t.slot(slot).get().is_nil() {
            None
        } else {
            no_newindex(cx, shape)
        };
        if !t.shape().same(shape) {
            return SetResolution::Uncacheable;
        }
        return SetResolution::Existing { slot: slot_ref(&shape, slot), needs_nil_check, over_nil };
    }
    // Tables of a shape with a known `__index` may have objects with claims on them.
    if shape.is_private() || shape.const_index().is_some() {
        return SetResolution::Uncacheable;
    }
    let Some(validity) = no_newindex(cx, shape) else { return SetResolution::Uncacheable };
    if !t.shape().same(shape) {
        return SetResolution::Uncacheable;
    }
    match cx.shapes.child_for_name(cx.heap, shape, &t, key) {
        Some(new_shape) => {
            SetResolution::Add { new_shape, slot: slot_ref(&shape, shape.count()), validity }
        }
        None => SetResolution::Uncacheable,
    }
}

/// The same for the key of a metamethod. Only what makes metatables of new tables is cached, one for each object
/// perhaps; other writes of such keys may concern caches.
fn lookup_set_event<'g>(
    cx: TableCx<'g>,
    t: Gc<'g, Table>,
    key: Gc<'g, Str>,
    v: Value<'g>,
) -> SetResolution<'g> {
    let shape = t.get().shape();
    let value = v.downcast::<Table>().filter(|v| !v.same(t));
    let is_index = key.is_event_key(Event::Index);
    if shape.is_private()
        || shape.has_meta()
        || t.is_guarded()
        || shape.slot_of(key).is_some()
        || v.is_nil()
        || (is_index && value.is_none())
    {
        return SetResolution::Uncacheable;
    }
    let child = cx.shapes.child_for_key(cx.heap, shape, &t, (key, v), KeyOrigin::Name);
    match (child, slot_ref(&shape, shape.count())) {
        (Some(new_shape), SlotRef::Inline(offset)) => {
            SetResolution::AddEvent { new_shape, offset, value: value.filter(|_| is_index) }
        }
        _ => SetResolution::Uncacheable,
    }
}

/// What the absence of `__newindex` for tables of a shared shape depends on, if it is absent.
fn no_newindex<'g>(cx: TableCx<'g>, shape: Gc<'g, Shape>) -> Option<Gc<'g, Validity>> {
    let key = cx.event_key(Event::NewIndex);
    let absent = match shape.get().meta() {
        Meta::None => return Some(cx.shapes.always(cx.heap)),
        Meta::Dynamic { .. } => false,
        Meta::Fixed(m) => m.fast_event(Event::NewIndex, key).is_nil(),
        Meta::Structural { shape: m, .. } => m.slot_of(key).is_none(),
    };
    if absent { cx.shapes.chain_validity(cx, shape, None) } else { None }
}

/// What a cached read does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum GetKind {
    /// Nothing is cached.
    Empty,
    /// Reads at `offset` in the table.
    OwnInline,
    /// Reads at `offset` in the table's slot buffer.
    OwnOutline,
    /// Reads at `offset` in `holder`, if `validity` holds.
    HolderInline,
    /// Reads at `offset` in the slot buffer of `holder`, if `validity` holds.
    HolderOutline,
    /// Nil, if `validity` holds.
    Absent,
}

/// What a cached write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SetKind {
    /// Nothing is cached.
    Empty,
    /// Replaces at `offset` in the table.
    Inline,
    /// Replaces at `offset` in the table's slot buffer.
    Outline,
    /// As `Inline`, but a nil only if `validity` is there and holds.
    InlineChecked,
    /// As `Outline`, but a nil only if `validity` is there and holds.
    OutlineChecked,
    /// Stores at `offset` in the table and gives it `new_shape`, if `validity` holds. A nil is dropped.
    AddInline,
    /// The same in the slot buffer, for which there must be room.
    AddOutline,
    /// Stores a metamethod at `offset` in the table, if that isn't guarded, and gives it `new_shape`. If there is a
    /// `holder`, it must be the value.
    AddEvent,
}

/// Whether these are numbered from 0 on.
const fn are_in_order(kinds: &[u8]) -> bool {
    let mut n = 0;
    while n < kinds.len() {
        if kinds[n] as usize != n {
            return false;
        }
        n += 1;
    }
    true
}

// What `PropertyCache::get_kind` and `set_kind` make of numbers, and what compiled code compares. The stub that reads goes
// by the order as well: first fields of the table itself, then those of a holder, then none.
const _: () = {
    use GetKind::*;
    assert!(are_in_order(&[
        Empty as u8,
        OwnInline as u8,
        OwnOutline as u8,
        HolderInline as u8,
        HolderOutline as u8,
        Absent as u8,
    ]));
};

// The stub that writes takes kinds from `AddInline` on for those that change the shape.
const _: () = {
    use SetKind::*;
    assert!(are_in_order(&[
        Empty as u8,
        Inline as u8,
        Outline as u8,
        InlineChecked as u8,
        OutlineChecked as u8,
        AddInline as u8,
        AddOutline as u8,
        AddEvent as u8,
    ]));
};

/// What a site knows of one shape. All pointers are weak but `validity`.
#[repr(C)]
pub struct PropertyCache {
    /// The shape; null if nothing is cached.
    pub shape: Cell<*const Shape>,
    /// What it depends on. Never null for kinds that say so. For fields of the table itself: what may hold when such a
    /// field is nil, or null.
    pub validity: Cell<*const Validity>,
    /// Reads: the table that has the property. Writes: see [`SetKind::AddEvent`].
    pub holder: Cell<*const Table>,
    /// Writes: the shape that the table gets.
    pub new_shape: Cell<*const Shape>,
    /// A byte offset; see the kinds.
    pub offset: Cell<u32>,
    /// A [`GetKind`] at sites that read, a [`SetKind`] at those that write.
    kind: Cell<u8>,
    /// What else the site knows whose first entry this is: there is room for it here.
    pub(crate) site: SiteState,
}

/// What a feedback site knows beside its entries. See [`crate::feedback::SiteCell`].
#[repr(C)]
#[derive(Default)]
pub(crate) struct SiteState {
    pub(crate) kind: Cell<u8>,
    pub(crate) state: Cell<u8>,
    pub(crate) count: Cell<u8>,
}

const _: () = assert!(size_of::<PropertyCache>() == 40);

impl Default for PropertyCache {
    fn default() -> PropertyCache {
        PropertyCache::new()
    }
}

impl PropertyCache {
    /// Knows nothing.
    pub const fn new() -> PropertyCache {
        PropertyCache {
            shape: Cell::new(null()),
            validity: Cell::new(null()),
            holder: Cell::new(null()),
            new_shape: Cell::new(null()),
            offset: Cell::new(0),
            kind: Cell::new(0),
            site: SiteState { kind: Cell::new(0), state: Cell::new(0), count: Cell::new(0) },
        }
    }

    /// Offset of the kind byte.
    pub const KIND_OFFSET: usize = std::mem::offset_of!(PropertyCache, kind);

    /// What it does at a site that reads.
    #[inline(always)]
    pub fn get_kind(&self) -> GetKind {
        match self.kind.get() {
            1 => GetKind::OwnInline,
            2 => GetKind::OwnOutline,
            3 => GetKind::HolderInline,
            4 => GetKind::HolderOutline,
            5 => GetKind::Absent,
            _ => GetKind::Empty,
        }
    }

    /// The kind as a number; 0 if nothing is cached.
    pub(crate) fn kind_number(&self) -> u8 {
        self.kind.get()
    }

    /// What it does at a site that writes.
    #[inline(always)]
    pub fn set_kind(&self) -> SetKind {
        match self.kind.get() {
            1 => SetKind::Inline,
            2 => SetKind::Outline,
            3 => SetKind::InlineChecked,
            4 => SetKind::OutlineChecked,
            5 => SetKind::AddInline,
            6 => SetKind::AddOutline,
            7 => SetKind::AddEvent,
            _ => SetKind::Empty,
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.copy_from(&PropertyCache::new());
    }

    /// Becomes equal to another, but for what the site knows.
    pub fn copy_from(&self, other: &PropertyCache) {
        self.shape.set(other.shape.get());
        self.validity.set(other.validity.get());
        self.holder.set(other.holder.get());
        self.new_shape.set(other.new_shape.get());
        self.offset.set(other.offset.get());
        self.kind.set(other.kind.get());
    }

    /// Remembers a resolution for a shape; forgets everything if it isn't cacheable. The owner of the cache does
    /// the write barrier.
    pub fn fill_get(&self, shape: Gc<'_, Shape>, r: &GetResolution<'_>) -> bool {
        self.clear();
        let (kind, offset) = match *r {
            GetResolution::Own { slot, absent_beyond } => {
                self.validity.set(absent_beyond.map_or(null(), |v| v.as_ptr()));
                match slot {
                    SlotRef::Inline(at) => (GetKind::OwnInline, at),
                    SlotRef::Outline(at) => (GetKind::OwnOutline, at),
                }
            }
            GetResolution::Holder { holder, slot, validity } => {
                self.holder.set(holder.as_ptr());
                self.validity.set(validity.as_ptr());
                match slot {
                    SlotRef::Inline(at) => (GetKind::HolderInline, at),
                    SlotRef::Outline(at) => (GetKind::HolderOutline, at),
                }
            }
            GetResolution::Absent { validity } => {
                self.validity.set(validity.as_ptr());
                (GetKind::Absent, 0)
            }
            GetResolution::Uncacheable => return false,
        };
        self.offset.set(offset);
        self.kind.set(kind as u8);
        self.shape.set(shape.as_ptr());
        true
    }

    /// The same for a write. `shape` is the table's before it.
    pub fn fill_set(&self, shape: Gc<'_, Shape>, r: &SetResolution<'_>) -> bool {
        self.clear();
        let (kind, offset) = match *r {
            SetResolution::Existing { slot, needs_nil_check, over_nil } => {
                self.validity.set(over_nil.map_or(null(), |v| v.as_ptr()));
                match (slot, needs_nil_check) {
                    (SlotRef::Inline(at), false) => (SetKind::Inline, at),
                    (SlotRef::Outline(at), false) => (SetKind::Outline, at),
                    (SlotRef::Inline(at), true) => (SetKind::InlineChecked, at),
                    (SlotRef::Outline(at), true) => (SetKind::OutlineChecked, at),
                }
            }
            SetResolution::Add { new_shape, slot, validity } => {
                self.new_shape.set(new_shape.as_ptr());
                self.validity.set(validity.as_ptr());
                match slot {
                    SlotRef::Inline(at) => (SetKind::AddInline, at),
                    SlotRef::Outline(at) => (SetKind::AddOutline, at),
                }
            }
            SetResolution::AddEvent { new_shape, offset, value } => {
                self.new_shape.set(new_shape.as_ptr());
                self.holder.set(value.map_or(null(), |v| v.as_ptr()));
                (SetKind::AddEvent, offset)
            }
            SetResolution::Uncacheable => return false,
        };
        self.offset.set(offset);
        self.kind.set(kind as u8);
        self.shape.set(shape.as_ptr());
        true
    }

    #[inline(always)]
    fn holds(&self) -> bool {
        // SAFETY: kinds with a validity cell keep it alive.
        unsafe { self.validity.get().as_ref() }.is_some_and(Validity::holds)
    }

    /// Whether what it knows has stopped being true.
    pub(crate) fn is_stale(&self) -> bool {
        !self.validity.get().is_null() && !self.holds()
    }

    /// Reads the property of a table. `None`: do it the slow way, be it that the table has another shape, or that
    /// metamethods may have a say.
    #[inline(always)]
    pub fn try_get<'g>(&self, t: Gc<'g, Table>) -> Option<Value<'g>> {
        if self.shape.get() != t.shape_ptr() {
            return None;
        }
        let v = match self.get_kind() {
            GetKind::OwnInline => t.inline_slot_at(self.offset.get()).get(),
            GetKind::OwnOutline => t.outline_slot_at(self.offset.get()).get(),
            GetKind::HolderInline | GetKind::HolderOutline | GetKind::Absent => {
                return self.get_beyond();
            }
            GetKind::Empty => return None,
        };
        if v.is_nil() && t.shape().has_meta() && !self.holds() { None } else { Some(v) }
    }

    /// Reads a property that isn't the value's own, given that the shape is right.
    #[inline(always)]
    pub(crate) fn get_beyond<'g>(&self) -> Option<Value<'g>> {
        let kind = self.get_kind();
        if !matches!(kind, GetKind::HolderInline | GetKind::HolderOutline | GetKind::Absent)
            || !self.holds()
        {
            return None;
        }
        // SAFETY: a cache whose holder died has been cleared.
        let Some(holder) = (unsafe { self.holder.get().as_ref() }) else { return Some(Value::NIL) };
        let v = if kind == GetKind::HolderInline {
            holder.inline_slot_at(self.offset.get()).get()
        } else {
            holder.outline_slot_at(self.offset.get()).get()
        };
        if v.is_nil() { None } else { Some(v) }
    }

    /// Writes the property of a table. `false`: nothing was done, do it the slow way.
    #[inline(always)]
    pub fn try_set(&self, heap: &Heap, t: Gc<'_, Table>, v: Value<'_>) -> bool {
        if self.shape.get() != t.shape_ptr() {
            return false;
        }
        let kind = self.set_kind();
        let slot = match kind {
            SetKind::Inline | SetKind::InlineChecked => t.inline_slot_at(self.offset.get()),
            SetKind::Outline | SetKind::OutlineChecked => t.outline_slot_at(self.offset.get()),
            SetKind::AddInline | SetKind::AddOutline => return self.add(heap, t, v),
            SetKind::AddEvent => return self.add_event(heap, t, v),
            SetKind::Empty => return false,
        };
        let checked = matches!(kind, SetKind::InlineChecked | SetKind::OutlineChecked);
        if checked && slot.get().is_nil() && !self.holds() {
            return false;
        }
        slot.set(v);
        t.barrier(heap, v);
        true
    }

    #[inline]
    fn add(&self, heap: &Heap, t: Gc<'_, Table>, v: Value<'_>) -> bool {
        if !self.holds() {
            return false;
        }
        if v.is_nil() {
            return true;
        }
        let at = self.offset.get();
        let slot = if self.set_kind() == SetKind::AddInline {
            t.inline_slot_at(at)
        } else {
            let number = at / size_of::<u64>() as u32;
            if number >= t.outline_cap() {
                t.grow_slots(heap, number + 1);
            }
            t.outline_slot_at(at)
        };
        slot.set(v);
        t.shape.set(self.new_shape.get());
        heap.barrier(&t.header);
        true
    }

    fn add_event(&self, heap: &Heap, t: Gc<'_, Table>, v: Value<'_>) -> bool {
        let wanted = self.holder.get();
        if t.is_guarded()
            || v.is_nil()
            || (!wanted.is_null() && v.bits() != Value::pointer(tag::TABLE, wanted.cast()).bits())
        {
            return false;
        }
        t.absent.set(0);
        t.inline_slot_at(self.offset.get()).set(v);
        t.shape.set(self.new_shape.get());
        heap.barrier(&t.header);
        true
    }

    /// Reports the strong reference.
    pub(crate) fn trace(&self, m: &mut Marker<'_>) {
        m.object(self.validity.get());
    }

    /// Forgets everything if what it refers to has died.
    pub(crate) fn clear_dead(&self, is_dead: &dyn Fn(*const u8) -> bool) {
        let dead = |p: *const u8| !p.is_null() && is_dead(p);
        if dead(self.shape.get() as *const u8)
            || dead(self.holder.get() as *const u8)
            || dead(self.new_shape.get() as *const u8)
        {
            self.clear();
        }
    }
}

/// Entries of the [`GlobalCache`], a power of two.
const GLOBAL_ENTRIES: usize = 1024;

/// What all sites share that have seen too many shapes: reads and writes by shape and key.
///
/// It knows objects weakly, and is emptied by each collection rather than looked through.
#[derive(Default)]
pub(crate) struct GlobalCache {
    /// Made when first needed: most programs have no such site.
    entries: OnceCell<Box<GlobalEntries>>,
    used: Cell<bool>,
}

struct GlobalEntries {
    reads: [GlobalEntry; GLOBAL_ENTRIES],
    writes: [GlobalEntry; GLOBAL_ENTRIES],
}

struct GlobalEntry {
    key: Cell<*const Str>,
    cache: PropertyCache,
}

impl GlobalCache {
    fn entries(&self) -> &GlobalEntries {
        self.entries.get_or_init(|| {
            // SAFETY: keys and caches consist of cells with pointers and numbers, all of which may be zero: that is how
            // `PropertyCache::new` makes them. Memory that comes from the system is zero without being written to.
            unsafe { Box::new_zeroed().assume_init() }
        })
    }

    fn index(shape: *const Shape, key: *const Str) -> usize {
        let mix = (shape as usize >> 4) ^ (key as usize >> 3).wrapping_mul(31);
        (mix ^ mix >> 10) % GLOBAL_ENTRIES
    }

    /// Reads a field; the key is a short string. `None` if metamethods may have a say.
    pub(crate) fn get<'g>(
        &self,
        cx: TableCx<'g>,
        t: Gc<'g, Table>,
        key: Gc<'g, Str>,
    ) -> Option<Value<'g>> {
        let e = &self.entries().reads[Self::index(t.shape_ptr(), key.as_ptr())];
        if std::ptr::eq(e.key.get(), key.as_ptr())
            && let Some(v) = e.cache.try_get(t)
        {
            return Some(v);
        }
        let found = lookup_get(cx, t, key);
        // The lookup may have given the table another shape.
        let e = &self.entries().reads[Self::index(t.shape_ptr(), key.as_ptr())];
        self.used.set(true);
        e.key.set(key.as_ptr());
        if e.cache.fill_get(t.shape(), &found) { e.cache.try_get(t) } else { None }
    }

    /// Assigns to a field; the key is a short string. `false` if nothing was done.
    pub(crate) fn set<'g>(
        &self,
        cx: TableCx<'g>,
        t: Gc<'g, Table>,
        key: Gc<'g, Str>,
        v: Value<'g>,
    ) -> bool {
        let e = &self.entries().writes[Self::index(t.shape_ptr(), key.as_ptr())];
        if std::ptr::eq(e.key.get(), key.as_ptr()) && e.cache.try_set(cx.heap, t, v) {
            return true;
        }
        let found = lookup_set(cx, t, key, v);
        let e = &self.entries().writes[Self::index(t.shape_ptr(), key.as_ptr())];
        self.used.set(true);
        e.key.set(key.as_ptr());
        e.cache.fill_set(t.shape(), &found) && e.cache.try_set(cx.heap, t, v)
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        if self.used.replace(false)
            && let Some(entries) = self.entries.get()
        {
            for e in entries.reads.iter().chain(&entries.writes) {
                e.cache.clear();
            }
        }
    }
}
