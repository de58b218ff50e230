//! Named fields: slots, and the tables' way from shape to shape.
//!
//! Every write of a named field that isn't done by a cache goes through here, `rawset` included, so this is where
//! watched tables flip their watchers, metatables disown their shapes, and metamethods are no longer known to be
//! absent. The common write tests for all three with two flag bytes: the table's and the key's.

use super::{KeyError, TABLE_INLINE_SLOTS, Table, TableCx, table_flag};
use crate::events::Event;
use crate::heap::Heap;
use crate::object::{Gc, Slot};
use crate::shape::{KeyOrigin, Meta, Shape};
use crate::string::Str;
use crate::tuning::UNANNOUNCED;
use crate::value::Value;
use std::mem::size_of;
use std::ptr::copy_nonoverlapping;
use std::slice::from_raw_parts;

const SLOT: usize = size_of::<Slot>();

/// Least number of slots in a buffer.
const MIN_SLOTS: u32 = 4;

/// Where a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotRef {
    /// So many bytes into the table.
    Inline(u32),
    /// So many bytes into the buffer at [`super::TABLE_SLOTS`].
    Outline(u32),
}

/// Where slot number `slot` is in tables of a shape.
#[inline]
pub fn slot_ref(shape: &Shape, slot: u32) -> SlotRef {
    let cap = shape.inline_cap();
    if slot < cap {
        SlotRef::Inline(TABLE_INLINE_SLOTS as u32 + slot * SLOT as u32)
    } else {
        SlotRef::Outline((slot - cap) * SLOT as u32)
    }
}

impl Table {
    #[inline(always)]
    pub(super) fn inline_cap(&self) -> u32 {
        self.header.small.get() as u32
    }

    /// Number of slots in the buffer.
    #[inline(always)]
    pub(super) fn outline_cap(&self) -> u32 {
        let p = self.slots.get();
        if p.is_null() {
            return 0;
        }
        // SAFETY: the word before the slots is their number.
        unsafe { *(p as *const u64).sub(1) as u32 }
    }

    /// Start and size of the buffer, if there is one.
    pub(super) fn slot_buffer(&self) -> Option<(*mut u8, usize)> {
        let p = self.slots.get();
        let bytes = (self.outline_cap() as usize + 1) * SLOT;
        // SAFETY: the buffer begins one word before the slots.
        if p.is_null() { None } else { Some((unsafe { p.sub(1) } as *mut u8, bytes)) }
    }

    /// A slot, which the shape has or is about to have and there is memory for.
    #[inline(always)]
    pub(crate) fn slot(&self, slot: u32) -> &Slot {
        let cap = self.inline_cap();
        if slot < cap {
            // SAFETY: the table was allocated with `small` slots behind it.
            unsafe { &*((self as *const Table).add(1) as *const Slot).add(slot as usize) }
        } else {
            debug_assert!(slot - cap < self.outline_cap());
            // SAFETY: the shape has the slot, so the buffer does.
            unsafe { &*self.slots.get().add((slot - cap) as usize) }
        }
    }

    /// Slots from `lo` to `hi`, all of which the shape has: those in the object, and those in the buffer.
    #[inline(always)]
    pub(super) fn slots_between(&self, lo: usize, hi: usize) -> (&[Slot], &[Slot]) {
        let cap = self.inline_cap() as usize;
        let (inline, outline) = (lo.min(cap)..hi.min(cap), lo.max(cap) - cap..hi.max(cap) - cap);
        // SAFETY: the table was allocated with `small` slots behind it; those the shape has are initialized. So are those in
        // the buffer, of which there are none without one.
        let inline = unsafe {
            let first = (self as *const Table).add(1) as *const Slot;
            from_raw_parts(first.add(inline.start), inline.len())
        };
        if outline.is_empty() {
            return (inline, &[]);
        }
        // SAFETY: as above.
        let outline = unsafe { from_raw_parts(self.slots.get().add(outline.start), outline.len()) };
        (inline, outline)
    }

    /// The slot that [`SlotRef::Inline`] names, for this table's shape.
    #[inline(always)]
    pub(super) fn inline_slot_at(&self, offset: u32) -> &Slot {
        debug_assert!(offset < TABLE_INLINE_SLOTS as u32 + self.inline_cap() * SLOT as u32);
        // SAFETY: a `SlotRef` of this table's shape is within the object.
        unsafe { &*((self as *const Table as *const u8).add(offset as usize) as *const Slot) }
    }

    /// The slot that [`SlotRef::Outline`] names, for this table's shape.
    #[inline(always)]
    pub(super) fn outline_slot_at(&self, offset: u32) -> &Slot {
        debug_assert!(offset < self.outline_cap() * SLOT as u32);
        // SAFETY: a `SlotRef` of this table's shape is within the buffer.
        unsafe { &*((self.slots.get() as *const u8).add(offset as usize) as *const Slot) }
    }

    /// Whether writes of named fields have to be looked at.
    #[inline(always)]
    pub(super) fn is_guarded(&self) -> bool {
        self.header.flags.get() & (table_flag::WATCHED | table_flag::STRUCT_META) != 0
    }

    /// Whether caches rely on it.
    pub(crate) fn is_watched(&self) -> bool {
        self.header.has(table_flag::WATCHED)
    }

    /// Makes sure that there is memory for `count` slots in all.
    #[inline]
    pub(super) fn reserve_slots(&self, cx: TableCx<'_>, count: u32) {
        if count > self.inline_cap() && count - self.inline_cap() > self.outline_cap() {
            self.grow_slots(cx.heap, count - self.inline_cap());
        }
    }

    /// Makes room for slots of a shared shape, which are few.
    #[cold]
    pub(super) fn grow_slots(&self, heap: &Heap, least: u32) {
        let bytes = self.grown_bytes(least);
        self.replace_slots(heap, heap.alloc_buffer(bytes), bytes);
    }

    /// Makes room for slots, if there is memory for them.
    #[cold]
    fn try_grow_slots(&self, heap: &Heap, least: u32) -> Result<(), KeyError> {
        let bytes = self.grown_bytes(least);
        let new = heap.try_buffer(bytes).ok_or(KeyError::Memory)?;
        self.replace_slots(heap, new, bytes);
        Ok(())
    }

    /// The size of a buffer for at least so many slots.
    fn grown_bytes(&self, least: u32) -> usize {
        let wanted = least.max(self.outline_cap() * 2).max(MIN_SLOTS) as usize;
        Heap::usable_size((wanted + 1) * SLOT)
    }

    fn replace_slots(&self, heap: &Heap, new: *mut u8, bytes: usize) {
        let new = new as *mut u64;
        let old = self.slot_buffer();
        let used = self.outline_cap() as usize;
        // SAFETY: the new buffer holds its own count and more slots than the old one. (Copying slots that aren't
        // initialized copies nothing that is looked at.)
        let slots = unsafe {
            new.write((bytes / SLOT - 1) as u64);
            let slots = new.add(1) as *mut Slot;
            if let Some((p, _)) = old {
                copy_nonoverlapping(p.add(SLOT), slots as *mut u8, used * SLOT);
            }
            slots
        };
        self.slots.set(slots);
        if let Some((p, bytes)) = old {
            heap.free_buffer(p, bytes);
        }
        heap.barrier(&self.header);
    }
}

impl<'g> Gc<'g, Table> {
    /// The value of a field; the key is a short string.
    #[inline(always)]
    pub fn get_str(self, key: Gc<'g, Str>) -> Value<'g> {
        debug_assert!(key.is_short());
        let shape = self.shape();
        let slot = shape.find(key.as_ptr());
        if slot < shape.count() { self.slot(slot).get() } else { Value::NIL }
    }

    /// Assigns to a field of a table that the program hasn't filled; the key is a short string.
    #[inline(always)]
    pub fn set_str(self, cx: TableCx<'g>, key: Gc<'g, Str>, v: Value<'g>) {
        let done = self.set_named(cx, key, v, KeyOrigin::Name);
        debug_assert_eq!(done, Ok(()), "what a few fields need doesn't fail");
    }

    /// Assigns to a field; the key is a short string.
    #[inline(always)]
    pub(crate) fn set_named(
        self,
        cx: TableCx<'g>,
        key: Gc<'g, Str>,
        v: Value<'g>,
        origin: KeyOrigin,
    ) -> Result<(), KeyError> {
        debug_assert!(key.is_short());
        let shape = self.shape();
        let slot = shape.find(key.as_ptr());
        if slot < shape.count() {
            if self.is_guarded() || key.is_event() {
                self.before_write(cx, key, slot, v);
            }
            self.slot(slot).set(v);
            self.barrier(cx.heap, v);
        } else if !v.is_nil() {
            return self.add_named(cx, key, v, origin);
        }
        Ok(())
    }

    /// What must be done before a slot is written, if the table is guarded or the key is an event's.
    #[cold]
    fn before_write(self, cx: TableCx<'g>, key: Gc<'g, Str>, slot: u32, v: Value<'g>) {
        let event = key.is_event();
        if event {
            self.absent.set(0);
        }
        if self.is_watched() && (event || (self.slot(slot).get().is_nil() && !v.is_nil())) {
            cx.shapes.flip(&self);
        }
        let shape = self.shape();
        if let Some(c) = shape.const_index()
            && key.is_event_key(Event::Index)
            && v.bits() != Value::object(c).bits()
        {
            self.disown(cx);
            if shape.is_private() {
                shape.drop_const_index();
            } else {
                self.make_private(cx);
            }
        }
    }

    /// Ends the structural claims of objects that have this table as metatable.
    pub(super) fn disown(self, cx: TableCx<'g>) {
        if !self.header.has(table_flag::STRUCT_META) {
            return;
        }
        self.header.set_flag(table_flag::STRUCT_META, false);
        let shape = self.shape();
        let origin = if shape.is_private() { shape.parent() } else { Some(shape) };
        if let Some(origin) = origin {
            cx.shapes.disown(&origin);
        }
    }

    /// What must be done before the layout or the metatable changes.
    #[inline]
    pub(super) fn before_layout_change(self, cx: TableCx<'g>) {
        if self.is_guarded() {
            if self.is_watched() {
                cx.shapes.flip(&self);
            }
            self.disown(cx);
        }
    }

    /// Adds a field that isn't there.
    fn add_named(
        self,
        cx: TableCx<'g>,
        key: Gc<'g, Str>,
        v: Value<'g>,
        origin: KeyOrigin,
    ) -> Result<(), KeyError> {
        self.before_layout_change(cx);
        if key.is_event() {
            self.absent.set(0);
        }
        let shape = self.shape();
        if !shape.is_private() {
            if let Some(child) = cx.shapes.child_for_key(cx.heap, shape, &self, (key, v), origin) {
                self.add_slot(cx, child, shape.count(), v);
                return Ok(());
            }
            self.make_private(cx);
        }
        self.add_private(cx, key, v)
    }

    /// Gives the table a shape that has one slot more, and the slot a value.
    #[inline]
    pub(super) fn add_slot(self, cx: TableCx<'g>, child: Gc<'g, Shape>, slot: u32, v: Value<'g>) {
        self.reserve_slots(cx, slot + 1);
        self.slot(slot).set(v);
        self.set_shape(cx.heap, child);
    }

    fn add_private(self, cx: TableCx<'g>, key: Gc<'g, Str>, v: Value<'g>) -> Result<(), KeyError> {
        let mut slot = self.shape().count();
        if slot >= self.inline_cap() + self.outline_cap() {
            let live = (0..slot).filter(|i| !self.slot(*i).get().is_nil()).count();
            // The keys are copied for it.
            let bytes = live * 4 * SLOT;
            if live * 2 <= slot as usize
                && slot >= MIN_SLOTS
                && (bytes <= UNANNOUNCED || cx.heap.grants(bytes))
            {
                self.compact(cx);
                slot = self.shape().count();
            }
            let room = self.inline_cap() + self.outline_cap();
            if slot >= room {
                self.try_grow_slots(cx.heap, slot + 1 - self.inline_cap())?;
            }
        }
        self.shape().reserve_key(cx.heap).ok_or(KeyError::Memory)?;
        self.slot(slot).set(v);
        self.shape().add_key(cx.heap, key);
        self.barrier(cx.heap, v);
        Ok(())
    }

    /// Moves the slots together, leaving out those that are nil.
    fn compact(self, cx: TableCx<'g>) {
        let old = self.shape();
        let keep = |i| !self.slot(i).get().is_nil();
        let new = cx.shapes.private_compacted(cx.heap, old, self.metatable(), keep);
        let mut to = 0;
        for from in 0..old.count() {
            let v = self.slot(from).get();
            if !v.is_nil() && old.key_at(from).is_some() {
                self.slot(to).set(v);
                to += 1;
            }
        }
        self.set_shape(cx.heap, new);
    }

    /// Gives the table a private shape, if it hasn't one: for tables that are about to get many fields, such as the
    /// globals, and for those that caches are to rely on.
    pub fn make_private(self, cx: TableCx<'g>) {
        let shape = self.shape();
        if shape.is_private() {
            return;
        }
        let meta = self.metatable();
        let origin = self.header.has(table_flag::STRUCT_META).then_some(shape);
        let private = cx.shapes.private_copy(cx.heap, shape, meta, origin);
        if let Meta::Structural { slot, .. } | Meta::Dynamic { slot } = shape.meta() {
            self.slot(slot).set(Value::NIL);
        }
        self.set_shape(cx.heap, private);
    }
}
