//! The array part.
//!
//! It has room for the values of the keys 1…`array_cap`, and the hash part has none of these keys. What its capacity is
//! and when it changes is decided by [`rehash`](super::rehash); nothing here makes it larger.
//!
//! An array is *dense* as long as no nil lies below an element: then it has `array_len` elements, and what is behind them
//! isn't initialized. A value stored behind the last element makes it longer, a nil stored at the end shorter.
//!
//! Anything else makes holes: a nil stored elsewhere, or a value stored further behind the end. Such an array is
//! [`ArrayKind::Holey`] from then on, until it is next rehashed. All of it is initialized, its length is its capacity, and
//! nothing changes that. So the word that has the capacity of dense arrays is free to have the hint with which
//! [`border`](super::border) starts; that is never greater than the length, so code which appends to dense arrays, in line
//! as well, finds no room.

use super::hash::HashKey;
use super::{KeyError, Table, TableCx, mark};
use crate::heap::Heap;
use crate::object::{Gc, Slot};
use crate::value::{Value, tag};
use std::mem::size_of;
use std::ops::Range;

/// What an array's elements are. Only a rehash narrows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ArrayKind {
    /// There were none yet.
    Empty,
    /// Integers, all inline.
    Int,
    /// Floats.
    Float,
    /// Anything but nil.
    Any,
    /// Anything, nil included; see the module.
    Holey,
}

impl ArrayKind {
    /// The narrowest kind for a value.
    #[inline(always)]
    pub fn of(v: Value<'_>) -> ArrayKind {
        if v.is_float() {
            ArrayKind::Float
        } else if v.is_small_int() {
            ArrayKind::Int
        } else {
            ArrayKind::Any
        }
    }

    /// The narrowest kind for elements of this kind and a value.
    pub(super) fn with(self, v: Value<'_>) -> ArrayKind {
        let other = ArrayKind::of(v);
        match self {
            ArrayKind::Empty => other,
            ArrayKind::Holey => ArrayKind::Holey,
            _ if self == other => self,
            _ => ArrayKind::Any,
        }
    }

    /// Whether there may be references among the elements.
    #[inline(always)]
    pub(super) fn is_mixed(self) -> bool {
        self >= ArrayKind::Any
    }
}

/// Keys above this are never elements.
pub(super) const MAX_ARRAY: u32 = 1 << 31;

/// Entries dealt with between two questions whether to stop, if one follows the other in memory.
const PIECE: u32 = 1 << 16;

/// Has `f` deal with the pieces of a range, in order.
///
/// # Errors
/// [`KeyError::Memory`], if the program is to stop.
pub(super) fn in_pieces(
    heap: &Heap,
    range: Range<u32>,
    mut f: impl FnMut(Range<u32>),
) -> Result<(), KeyError> {
    let Range { start, end } = range;
    for at in range.step_by(PIECE as usize) {
        // What is small always succeeds.
        if at > start {
            go_on(heap)?;
        }
        f(at..end.min(at.saturating_add(PIECE)));
    }
    Ok(())
}

/// Asks whether to stop.
///
/// # Errors
/// [`KeyError::Memory`]
#[inline]
pub(super) fn go_on(heap: &Heap) -> Result<(), KeyError> {
    if !heap.must_stop() {
        return Ok(());
    }
    // It isn't for want of memory.
    heap.note_refused(0);
    Err(KeyError::Memory)
}

/// An array index as a key.
#[inline(always)]
pub(super) fn index_value(i: u32) -> Value<'static> {
    Value::from_bits(tag::INT << 48 | i as u64)
}

impl Table {
    /// How many elements the array has.
    #[inline(always)]
    pub fn array_len(&self) -> u32 {
        self.array_len.get()
    }

    /// What they are.
    #[inline(always)]
    pub fn array_kind(&self) -> ArrayKind {
        self.array_kind.get()
    }

    /// How many elements there is room for.
    #[inline(always)]
    pub(super) fn array_cap(&self) -> u32 {
        match self.array_kind.get() {
            ArrayKind::Holey => self.array_len.get(),
            _ => self.array_cap.get(),
        }
    }

    pub(super) fn array_ptr(&self) -> *mut Slot {
        self.array.get()
    }

    /// Changes the buffer, which has room for the capacity and no more.
    pub(super) fn set_array(&self, new: *mut Slot) {
        self.array.set(new);
        self.marks.set(self.marks.get() & !mark::HAS_ROOM);
    }

    /// The array's elements; to be read only.
    #[inline(always)]
    pub(crate) fn elements(&self) -> &[Slot] {
        if self.array_len.get() == 0 {
            return &[];
        }
        // SAFETY: the first `array_len` elements are initialized. A table's buffer is freed only when the table is
        // assigned to; callers don't keep the slice beyond that.
        unsafe { std::slice::from_raw_parts(self.array.get(), self.array_len.get() as usize) }
    }

    /// Element number `i`, counted from 0.
    #[inline(always)]
    pub(super) fn element(&self, i: u32) -> &Slot {
        debug_assert!(i < self.array_cap());
        // SAFETY: within the buffer. (A `Slot` beyond the length is written before it is read.)
        unsafe { &*self.array.get().add(i as usize) }
    }

    #[inline(always)]
    pub(super) fn barrier_element(&self, heap: &Heap, i: u32, v: Value<'_>) {
        if v.is_heap() {
            let base = self.array.get() as *const u8;
            heap.barrier_array(&self.header, base, i as usize, self.array_cap() as usize);
        }
    }

    /// Makes a dense array one that may have holes.
    fn allow_holes(&self, heap: &Heap) -> Result<(), KeyError> {
        in_pieces(heap, self.array_len.get()..self.array_cap.get(), |piece| self.clear(piece))?;
        self.become_holey();
        Ok(())
    }

    /// Sets elements behind the last to nil, which makes no difference to a dense array.
    fn clear(&self, places: Range<u32>) {
        for i in places {
            self.element(i).set(Value::NIL);
        }
    }

    /// Makes a dense array, of which all is initialized, one that may have holes.
    pub(super) fn become_holey(&self) {
        let cap = self.array_cap.get();
        debug_assert!(self.array_kind.get() != ArrayKind::Holey);
        let hint = self.hint_of_dense();
        self.array_len.set(cap);
        self.array_cap.set(hint);
        self.array_kind.set(ArrayKind::Holey);
        self.marks.set(self.marks.get() & !mark::HAS_ROOM);
    }

    /// To be called after elements were set to nil behind the table's back.
    pub(super) fn account_for_cleared_elements(&self) {
        if self.array_kind.get() == ArrayKind::Holey {
            return;
        }
        let len = self.elements().iter().rposition(|e| !e.get().is_nil()).map_or(0, |i| i + 1);
        let is_dense = self.elements()[..len].iter().all(|e| !e.get().is_nil());
        if is_dense {
            self.array_len.set(len as u32);
        } else {
            self.clear(self.array_len.get()..self.array_cap.get());
            self.become_holey();
        }
    }

    /// Gives the array another buffer, into which its elements have been copied, and room for `cap` elements, which it
    /// doesn't exceed.
    pub(super) fn replace_array(&self, heap: &Heap, new: *mut Slot, cap: u32) {
        let (old, old_cap) = (self.array.get(), self.array_cap());
        debug_assert!(self.array_len.get() <= cap && self.array_kind.get() != ArrayKind::Holey);
        if !old.is_null() {
            heap.free_buffer(old as *mut u8, old_cap as usize * size_of::<Slot>());
        }
        self.set_array(new);
        self.array_cap.set(cap);
        self.reset_hint();
        heap.barrier(&self.header);
    }
}

impl<'g> Gc<'g, Table> {
    /// Element `i`, if the array has it.
    #[inline(always)]
    pub fn array_get(self, i: i64) -> Option<Value<'g>> {
        let at = (i as u64).wrapping_sub(1);
        if at < self.array_len.get() as u64 { Some(self.element(at as u32).get()) } else { None }
    }

    /// The value of an integer key.
    #[inline(always)]
    pub fn get_int(self, i: i64) -> Value<'g> {
        match self.array_get(i) {
            Some(v) => v,
            None => self.get_int_hashed(i),
        }
    }

    /// Replaces element `i` if that needs nothing else: no change of kind or length, and no nil, neither new nor old
    /// (where there is a hole, `__newindex` may have a say).
    #[inline(always)]
    pub fn array_set_in_place(self, heap: &Heap, i: i64, v: Value<'_>) -> bool {
        let at = (i as u64).wrapping_sub(1);
        if at >= self.array_len.get() as u64 {
            return false;
        }
        let kind = self.array_kind.get();
        if kind.is_mixed() {
            if v.is_nil() || self.element(at as u32).get().is_nil() {
                return false;
            }
            self.element(at as u32).set(v);
            self.barrier_element(heap, at as u32, v);
            return true;
        }
        if kind != ArrayKind::of(v) {
            return false;
        }
        self.element(at as u32).set(v);
        true
    }

    /// Sets element `i` to nil, if it is there and that needs nothing else: it is the last, or the array has holes already.
    #[inline]
    pub fn array_clear_in_place(self, i: i64) -> bool {
        let at = (i as u64).wrapping_sub(1);
        let len = self.array_len.get();
        if at >= u64::from(len) {
            return false;
        }
        let at = at as u32;
        if self.array_kind.get() == ArrayKind::Holey {
            let was_there = !self.element(at).get().is_nil();
            self.element(at).set(Value::NIL);
            return was_there;
        }
        if at + 1 == len {
            self.array_len.set(at);
        }
        at + 1 == len
    }

    /// Copies `n` elements of the array of `source`, which may be the table itself, from `from` on to the elements of this one
    /// from `to` on, as if none was overwritten before it was read. False, and nothing is done, unless both arrays have all
    /// of these elements and no holes, and values of these kinds.
    pub(crate) fn copy_elements(
        self,
        heap: &Heap,
        to: i64,
        source: Gc<'_, Table>,
        from: i64,
        n: i64,
    ) -> bool {
        let has = |t: &Table, first: i64| {
            let before = (first as u64).wrapping_sub(1);
            let len = u64::from(t.array_len.get());
            t.array_kind.get() != ArrayKind::Holey && before < len && n as u64 <= len - before
        };
        let kind = self.array_kind.get();
        let takes = kind == ArrayKind::Any || kind == source.array_kind.get();
        if n <= 0 || !takes || !has(&self, to) || !has(&source, from) {
            return false;
        }
        // SAFETY: the elements exist, and are initialized; nothing else refers to them.
        unsafe {
            let first = source.array.get().add(from as usize - 1);
            std::ptr::copy(first, self.array.get().add(to as usize - 1), n as usize);
        }
        // Elements in which a collection isn't interested may have been replaced by others, and others by these.
        if kind == ArrayKind::Any {
            heap.barrier(&self.header);
        }
        true
    }

    /// Adds element `i` at the end if there is room and nothing else is needed.
    #[inline(always)]
    pub fn try_append(self, heap: &Heap, i: i64, v: Value<'_>) -> bool {
        let n = self.array_len.get();
        let kind = self.array_kind.get();
        if (i as u64).wrapping_sub(1) != n as u64
            || n >= self.array_cap.get()
            || v.is_nil()
            || (kind != ArrayKind::Any && kind != ArrayKind::of(v))
        {
            return false;
        }
        self.element(n).set(v);
        self.array_len.set(n + 1);
        self.barrier_element(heap, n, v);
        true
    }

    /// Assigns to an integer key.
    #[inline]
    pub fn set_int(self, cx: TableCx<'g>, i: i64, v: Value<'g>) -> Result<(), KeyError> {
        if self.array_set_in_place(cx.heap, i, v) || self.try_append(cx.heap, i, v) {
            return Ok(());
        }
        self.set_int_slow(cx, i, v)
    }

    fn set_int_slow(self, cx: TableCx<'g>, i: i64, v: Value<'g>) -> Result<(), KeyError> {
        let at = (i as u64).wrapping_sub(1);
        if at < self.array_len.get() as u64 {
            self.replace_element(cx.heap, at as u32, v)?;
        } else if v.is_nil() {
            self.clear_hashed_int(i);
        } else if at < self.array_cap() as u64 {
            self.store_behind(cx.heap, at as u32, v)?;
        } else if !self.append_growing(cx, i, v) {
            let key = cx.heap.int(i);
            return self.set_hashed(cx, HashKey::of_int(i), key, v);
        }
        Ok(())
    }

    fn replace_element(self, heap: &Heap, at: u32, v: Value<'_>) -> Result<(), KeyError> {
        let kind = self.array_kind.get();
        if !v.is_nil() {
            self.array_kind.set(kind.with(v));
        } else if kind != ArrayKind::Holey {
            if at + 1 == self.array_len.get() {
                self.array_len.set(at);
                return Ok(());
            }
            self.allow_holes(heap)?;
        }
        self.element(at).set(v);
        self.barrier_element(heap, at, v);
        Ok(())
    }

    /// Stores a value behind the last element of a dense array that has room for it.
    fn store_behind(self, heap: &Heap, at: u32, v: Value<'_>) -> Result<(), KeyError> {
        if at == self.array_len.get() {
            self.array_kind.set(self.array_kind.get().with(v));
            self.array_len.set(at + 1);
        } else {
            self.allow_holes(heap)?;
        }
        self.element(at).set(v);
        self.barrier_element(heap, at, v);
        Ok(())
    }

    /// Stores values as the elements behind the first `start`, and makes room for them before.
    pub fn store_list(
        self,
        cx: TableCx<'g>,
        start: usize,
        values: &[Slot],
    ) -> Result<(), KeyError> {
        self.reserve_array(cx, start + values.len());
        let fits = start + values.len() <= self.array_cap.get() as usize;
        if !fits || start != self.array_len.get() as usize || !self.append_list(cx.heap, values) {
            for (i, v) in (start as i64 + 1..).zip(values) {
                self.set_int(cx, i, v.get())?;
            }
        }
        Ok(())
    }

    /// Appends values for which a dense array has room, if none is nil.
    fn append_list(self, heap: &Heap, values: &[Slot]) -> bool {
        let len = self.array_len.get();
        let mut kind = self.array_kind.get();
        for (i, v) in (len..).zip(values) {
            let v = v.get();
            if v.is_nil() {
                return false;
            }
            kind = kind.with(v);
            self.element(i).set(v);
        }
        self.array_kind.set(kind);
        self.array_len.set(len + values.len() as u32);
        if kind.is_mixed() {
            heap.barrier(&self.header);
        }
        true
    }
}
