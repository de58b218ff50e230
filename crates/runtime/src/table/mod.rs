//! Tables.
//!
//! **Problem.** One type serves as record, object, class, array, dictionary and set, and programs expect each of
//! them to be fast. A field access should be a comparison and a load, an element access a bounds check and a load,
//! and `{x = 1, y = 2}` one bump allocation.
//!
//! **Design.** A table has three parts.
//!
//! * *Slots* hold the fields whose keys are short strings. The [`Shape`] says which key is where ([`slots`]). The
//!   first few are in the object itself, the rest in a buffer.
//! * The *array* holds the values of the keys from 1 on, as tagged values ([`mod@array`]). Its [`ArrayKind`] says whether
//!   they are all small integers, all floats, or anything, so that a loop can check once, and whether there may be
//!   holes.
//! * The *hash part* has all other keys ([`hash`]).
//!
//! Which integers are in the array is decided by [`rehash`]; what `#` says, by [`border`]. [`iterate`] traverses them in this order; [`metatable`] is about metatables and metamethods; [`cache`] resolves
//! properties for inline caches; [`weak`] is what the collector asks of weak tables.
//!
//! **Invariants.**
//! - An array that isn't of kind `Holey` has no nil among its `array_len` elements. So `array_len` is a border, but for an
//!   array without room for more: there the hash part may have the next key.
//! - The hash part knows nothing of the keys for which the array has room, not even as tombstones.
//! - Whatever stores a reference in the table or replaces one of its buffers calls the write barrier. Memory in
//!   excess of the counts (slots, array) isn't initialized and isn't looked at.
//!
//! **Rejected.** Raw (untagged) arrays of floats: every read through a general path would have to ask for the kind.
//! Short strings in the hash part of large tables: a second place to look for a name, and caches for globals would
//! need a second mechanism.

mod array;
mod border;
pub mod cache;
mod hash;
mod iterate;
mod metatable;
mod rehash;
mod slots;
mod weak;

pub use array::ArrayKind;
pub use iterate::InvalidKey;
pub use rehash::MIN_GROWN;
pub use slots::{SlotRef, slot_ref};

use crate::events::Event;
use crate::heap::{Heap, Marker};
use crate::object::{Gc, Header, HeapObject, Kind, Slot};
use crate::shape::{KeyOrigin, Shape, Shapes};
use crate::string::{Str, Strings};
use crate::value::{Value, tag};
use hash::{HashKey, HashPart};
use perilune_semantics::float_to_int_exact;
use std::cell::Cell;
use std::mem::{offset_of, size_of};
use std::ptr::null_mut;

/// Header flags of tables.
pub(crate) mod table_flag {
    /// Caches rely on it: see `shape::watch`. The shape is private.
    pub(crate) const WATCHED: u8 = 1;
    /// It is the metatable of an object of a structural shape.
    pub(crate) const STRUCT_META: u8 = 2;
    /// Weak keys, as of the last trace.
    pub(crate) const WEAK_KEYS: u8 = 4;
    /// Weak values, as of the last trace.
    pub(crate) const WEAK_VALUES: u8 = 8;
}

/// Bits of [`Table::marks`].
pub mod mark {
    /// It has been a metatable.
    pub(super) const USED_AS_META: u8 = 1;
    /// The length was asked for since the last rehash: see `border`. For dense arrays.
    pub const LENGTH_ASKED: u8 = 2;
    /// The array is of the least capacity that arrays grow to, greater than that in the reference implementation.
    pub const ROUNDED_UP: u8 = 4;
    /// The buffer of the array, which is dense, has room for [`MIN_GROWN`](super::MIN_GROWN) elements, although the array's
    /// capacity is less, and half of that or a quarter.
    pub const HAS_ROOM: u8 = 8;
}

/// A table.
#[repr(C)]
pub struct Table {
    /// `small` is the number of inline slots.
    pub(crate) header: Header,
    array_kind: Cell<ArrayKind>,
    marks: Cell<u8>,
    /// Metamethods (by event number) known to be absent, for tables used as metatables.
    absent: Cell<u16>,
    shape: Cell<*const Shape>,
    /// Slots from number `header.small` on. The word before them is their number.
    slots: Cell<*mut Slot>,
    array: Cell<*mut Slot>,
    array_len: Cell<u32>,
    /// Of arrays of kind `Holey`, the hint of `border`.
    array_cap: Cell<u32>,
    hash: Cell<*mut HashPart>,
}

/// Offset of the shape pointer.
pub const TABLE_SHAPE: usize = offset_of!(Table, shape);
/// Offset of the pointer to the slots that aren't inline. The word before them is their number.
pub const TABLE_SLOTS: usize = offset_of!(Table, slots);
/// Offset of the pointer to the array.
pub const TABLE_ARRAY: usize = offset_of!(Table, array);
/// Offset of the array's length, a 32-bit word.
pub const TABLE_ARRAY_LEN: usize = offset_of!(Table, array_len);
/// Offset of a 32-bit word: the capacity of an array that isn't `Holey`. Of others, a number up to their length.
pub const TABLE_ARRAY_CAP: usize = offset_of!(Table, array_cap);
/// Offset of the byte with the [`ArrayKind`].
pub const TABLE_ARRAY_KIND: usize = offset_of!(Table, array_kind);
/// Offset of the byte with the bits in [`mark`].
pub const TABLE_MARKS: usize = offset_of!(Table, marks);
/// Offset of the pointer to the hash part; null if there is none.
pub const TABLE_HASH: usize = offset_of!(Table, hash);
/// Offset of the first inline slot.
pub const TABLE_INLINE_SLOTS: usize = size_of::<Table>();

/// What table operations need.
#[derive(Clone, Copy)]
pub struct TableCx<'g> {
    /// The heap.
    pub heap: &'g Heap,
    /// The strings.
    pub strings: &'g Strings,
    /// The shapes.
    pub shapes: &'g Shapes,
}

impl<'g> TableCx<'g> {
    /// The key of a metamethod event.
    #[inline]
    pub(crate) fn event_key(self, e: Event) -> Gc<'g, Str> {
        self.strings.event_key(self.heap, e)
    }
}

/// Why a key can't be assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is nil.
    Nil,
    /// It is not a number.
    NaN,
    /// The table is too large.
    Overflow,
    /// There is no memory for it, as far as is known without a collection, or the program is to stop before it is done: see
    /// [`crate::cx::Cx::make_room_for`]. Nothing has been done.
    Memory,
}

/// A key, sorted by where the table keeps its value.
enum Place<'g> {
    Named(Gc<'g, Str>),
    Int(i64),
    Hashed(HashKey<'g>),
    Nil,
    NaN,
}

#[inline(always)]
fn place_of(key: Value<'_>) -> Place<'_> {
    if let Some(s) = key.downcast::<Str>() {
        return if s.is_short() { Place::Named(s) } else { Place::Hashed(HashKey::Long(s)) };
    }
    if key.is_small_int() {
        return Place::Int(key.small_int_unchecked());
    }
    if let Some(f) = key.as_float() {
        return match float_to_int_exact(f) {
            Some(i) => Place::Int(i),
            None if f.is_nan() => Place::NaN,
            None => Place::Hashed(HashKey::Bits(key.bits())),
        };
    }
    if key.is_nil() {
        return Place::Nil;
    }
    match key.as_int() {
        Some(i) => Place::Int(i),
        None => Place::Hashed(HashKey::of_object(key)),
    }
}

// SAFETY: `repr(C)`, header first with this kind, the only one under its tag; `trace` reports all references.
unsafe impl HeapObject for Table {
    const KIND: Kind = Kind::Table;
    const TAG: u64 = tag::TABLE;
    const TAG_IS_KIND: bool = true;

    fn trace(&self, m: &mut Marker<'_>) {
        self.trace_parts(m);
    }

    fn trace_cards(&self, m: &mut Marker<'_>, lo: usize, hi: usize) {
        let elements = self.elements();
        m.values(&elements[lo.min(elements.len())..hi.min(elements.len())]);
    }
}

impl Table {
    /// An empty table with room for `array_cap` elements and (within reason) for `fields` named fields in the
    /// object itself.
    #[inline]
    pub fn new<'g>(cx: TableCx<'g>, array_cap: usize, fields: usize) -> Gc<'g, Table> {
        let t = Table::with_shape(cx, cx.shapes.root(cx.heap, fields));
        if array_cap > 0 {
            t.reserve_array(cx, array_cap);
        }
        t
    }

    /// An empty table with room for `array_cap` elements and for `fields` named fields, however many. Above the
    /// number of fields a shared shape may have, its shape is private from the start.
    pub fn presized<'g>(cx: TableCx<'g>, array_cap: usize, fields: u32) -> Gc<'g, Table> {
        if fields <= crate::shape::MAX_KEYS {
            return Table::new(cx, array_cap, fields as usize);
        }
        let t = Table::alloc(cx, cx.shapes.private_empty(cx.heap, fields));
        t.reserve_slots(cx, fields);
        t.reserve_array(cx, array_cap);
        t
    }

    /// A table of a shared shape without keys, that is, one of `Shapes::root`.
    #[inline]
    pub fn with_shape<'g>(cx: TableCx<'g>, shape: Gc<'g, Shape>) -> Gc<'g, Table> {
        debug_assert!(shape.count() == 0 && !shape.is_private());
        Table::alloc(cx, shape)
    }

    /// A table of a shared shape without a metatable in a slot, filled with `values`, one for each key. Missing
    /// ones are nil.
    pub fn filled<'g>(
        cx: TableCx<'g>,
        shape: Gc<'g, Shape>,
        values: impl IntoIterator<Item = Value<'g>>,
    ) -> Gc<'g, Table> {
        debug_assert!(!shape.is_private() && shape.const_index().is_none());
        let t = Table::alloc(cx, shape);
        t.reserve_slots(cx, shape.count());
        let mut values = values.into_iter();
        for i in 0..shape.count() {
            t.slot(i).set(values.next().unwrap_or(Value::NIL));
        }
        t
    }

    #[inline]
    fn alloc<'g>(cx: TableCx<'g>, shape: Gc<'g, Shape>) -> Gc<'g, Table> {
        let inline_cap = shape.inline_cap() as usize;
        let header = Header::new(Kind::Table);
        header.small.set(inline_cap as u8);
        let table = Table {
            header,
            array_kind: Cell::new(ArrayKind::Empty),
            marks: Cell::new(0),
            absent: Cell::new(0),
            shape: Cell::new(shape.as_ptr()),
            slots: Cell::new(null_mut()),
            array: Cell::new(null_mut()),
            array_len: Cell::new(0),
            array_cap: Cell::new(0),
            hash: Cell::new(null_mut()),
        };
        cx.heap.alloc_with_tail(table, inline_cap * size_of::<Slot>())
    }

    /// Its shape.
    #[inline(always)]
    pub fn shape<'g>(&'g self) -> Gc<'g, Shape> {
        // SAFETY: a table keeps its shape alive.
        unsafe { Gc::from_ptr(self.shape.get()) }
    }

    /// Its shape's address.
    #[inline(always)]
    pub fn shape_ptr(&self) -> *const Shape {
        self.shape.get()
    }

    #[inline(always)]
    fn set_shape(&self, heap: &Heap, shape: Gc<'_, Shape>) {
        self.shape.set(shape.as_ptr());
        heap.barrier(&self.header);
    }

    /// The barrier for storing a value.
    #[inline(always)]
    fn barrier(&self, heap: &Heap, v: Value<'_>) {
        if v.is_heap() {
            heap.barrier(&self.header);
        }
    }

    pub(crate) fn mark_watched(&self) {
        self.header.set_flag(table_flag::WATCHED, true);
    }

    pub(crate) fn clear_watched(&self) {
        self.header.set_flag(table_flag::WATCHED, false);
    }
}

impl<'g> Gc<'g, Table> {
    /// The value of a key, without metamethods.
    #[inline]
    pub fn get_value(self, key: Value<'g>) -> Value<'g> {
        match place_of(key) {
            Place::Named(s) => self.get_str(s),
            Place::Int(i) => self.get_int(i),
            Place::Hashed(k) => self.get_hashed(k),
            Place::Nil | Place::NaN => Value::NIL,
        }
    }

    /// Assigns to a key, without metamethods.
    #[inline]
    pub fn set(self, cx: TableCx<'g>, key: Value<'g>, v: Value<'g>) -> Result<(), KeyError> {
        match place_of(key) {
            Place::Named(s) => self.set_named(cx, s, v, KeyOrigin::Computed),
            Place::Int(i) => self.set_int(cx, i, v),
            Place::Hashed(k) => self.set_hashed(cx, k, key, v),
            Place::Nil => Err(KeyError::Nil),
            Place::NaN => Err(KeyError::NaN),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
