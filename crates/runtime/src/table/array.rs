//! The array part.
//!
//! It holds the values of the keys 1…`array_len` and grows by doubling when a value is stored right behind its end.
//! A nil stored at the end shortens it (over all trailing nils); a nil stored elsewhere makes a hole, which only
//! arrays of kind `Any` have.
//!
//! A value stored further behind the end, but within the capacity, extends the array over the gap. The gap may have
//! to be scanned again when the end is cleared, so a program could make both happen over and over; hence gaps are
//! counted, and after [`MAX_GAPS`] of them such values go to the hash part.
//!
//! Integer keys move from the hash part to the array when the hash part is full and the array would then be more
//! than half used. The opposite happens when an array is to be doubled of which more than half are holes (a queue
//! whose head moves on): its elements are sorted anew.

use super::hash::HashKey;
use super::{KeyError, Table, TableCx, mark};
use crate::heap::Heap;
use crate::object::{Gc, Slot};
use crate::value::{Value, tag};
use std::mem::size_of;
use std::ptr::{copy, copy_nonoverlapping, null_mut};

/// What an array's elements are. Only ever widens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ArrayKind {
    /// There were none yet.
    Empty,
    /// Integers, all inline.
    Int,
    /// Floats.
    Float,
    /// Anything, nil included.
    Any,
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

    fn join(self, other: ArrayKind) -> ArrayKind {
        if self == other || self == ArrayKind::Empty { other } else { ArrayKind::Any }
    }
}

/// Keys above this are never elements.
const MAX_ARRAY: u32 = 1 << 31;
/// The least capacity an array grows to.
const MIN_GROWN: u32 = 4;
/// Times an array is extended over a gap.
const MAX_GAPS: u8 = 8;
/// Arrays up to this capacity grow without a look at their holes.
const SMALL: u32 = 16;

/// An array index as a key.
#[inline(always)]
pub(super) fn index_value(i: u32) -> Value<'static> {
    Value::from_bits(tag::INT << 48 | i as u64)
}

/// Integer keys counted by size: how many there are in (2^(n-1), 2^n], and the greatest of them.
struct Census {
    bins: [(u32, u32); 32],
}

impl Census {
    fn new() -> Census {
        Census { bins: [(0, 0); 32] }
    }

    fn add(&mut self, key: i64) {
        if (1..=MAX_ARRAY as i64).contains(&key) {
            let key = key as u32;
            let bin = &mut self.bins[(32 - (key - 1).leading_zeros()) as usize % 32];
            *bin = (bin.0 + 1, bin.1.max(key));
        }
    }

    /// The greatest key such that more than half of the keys up to it are present, `present` more than those
    /// counted; 0 if there is none.
    fn best(&self, present: u32) -> u32 {
        let (mut best, mut total) = (0, present);
        for (count, max) in self.bins.iter().filter(|b| b.0 > 0) {
            total += count;
            if total > max / 2 {
                best = *max;
            }
        }
        best
    }
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

    pub(super) fn array_cap(&self) -> u32 {
        self.array_cap.get()
    }

    pub(super) fn array_ptr(&self) -> *mut Slot {
        self.array.get()
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

    /// How many elements aren't nil.
    fn live_elements(&self) -> usize {
        if self.array_kind.get() != ArrayKind::Any {
            return self.array_len.get() as usize;
        }
        self.elements().iter().filter(|e| !e.get().is_nil()).count()
    }

    /// Element number `i`, counted from 0.
    #[inline(always)]
    fn element(&self, i: u32) -> &Slot {
        debug_assert!(i < self.array_cap.get());
        // SAFETY: within the buffer. (A `Slot` beyond the length is written before it is read.)
        unsafe { &*self.array.get().add(i as usize) }
    }

    #[inline(always)]
    fn barrier_element(&self, heap: &Heap, i: u32, v: Value<'_>) {
        if v.is_heap() {
            let base = self.array.get() as *const u8;
            heap.barrier_array(&self.header, base, i as usize, self.array_cap.get() as usize);
        }
    }

    /// A border: the table has it (unless it is 0), but not its successor.
    #[inline(always)]
    pub fn len_border(&self) -> i64 {
        self.array_len.get() as i64
    }

    /// Drops nils at the end.
    pub(super) fn pop_nils(&self) {
        let mut n = self.array_len.get();
        while n > 0 && self.element(n - 1).get().is_nil() {
            n -= 1;
        }
        self.array_len.set(n);
    }

    /// Gives the array another capacity, if there is memory for it.
    fn replace_array(&self, heap: &Heap, cap: u32) -> Result<(), KeyError> {
        let bytes = cap as usize * size_of::<Slot>();
        let new = if cap == 0 {
            null_mut()
        } else {
            heap.try_buffer(bytes).ok_or(KeyError::Memory)? as *mut Slot
        };
        let (old, old_cap) = (self.array.get(), self.array_cap.get());
        if !old.is_null() {
            let n = self.array_len.get().min(cap);
            // SAFETY: `n` elements fit both.
            unsafe { copy_nonoverlapping(old, new, n as usize) };
            heap.free_buffer(old as *mut u8, old_cap as usize * size_of::<Slot>());
        }
        self.array.set(new);
        self.array_cap.set(cap);
        self.marks.set(self.marks.get() & !mark::GAPS);
        heap.barrier(&self.header);
        Ok(())
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
        if kind == ArrayKind::Any {
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

    /// Adds element `i` at the end if there is room and nothing else is needed.
    #[inline(always)]
    pub fn try_append(self, heap: &Heap, i: i64, v: Value<'_>) -> bool {
        let n = self.array_len.get();
        let kind = self.array_kind.get();
        if (i as u64).wrapping_sub(1) != n as u64
            || n >= self.array_cap.get()
            || !self.hash.get().is_null()
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
        let (len, cap) = (self.array_len.get(), self.array_cap.get());
        if at < len as u64 {
            self.replace_element(cx.heap, at as u32, v);
        } else if v.is_nil() {
            self.clear_hashed_int(i);
        } else if at == len as u64 && len < MAX_ARRAY {
            return self.append(cx, v);
        } else if at < cap as u64 && self.may_skip() {
            for gap in len..at as u32 {
                self.element(gap).set(Value::NIL);
            }
            self.array_kind.set(ArrayKind::Any);
            self.marks.set(self.marks.get() + 1);
            self.store_behind(cx.heap, at as u32, v);
        } else {
            let key = cx.heap.int(i);
            return self.set_hashed(cx, HashKey::of_int(i), key, v);
        }
        Ok(())
    }

    /// Whether the array may be extended over a gap.
    fn may_skip(self) -> bool {
        self.marks.get() & mark::GAPS < MAX_GAPS && !self.has_hashed_ints()
    }

    fn replace_element(self, heap: &Heap, at: u32, v: Value<'_>) {
        if v.is_nil() {
            if at + 1 == self.array_len.get() {
                self.array_len.set(at);
                if self.array_kind.get() == ArrayKind::Any {
                    self.pop_nils();
                }
                return;
            }
            self.array_kind.set(ArrayKind::Any);
        } else {
            self.array_kind.set(self.array_kind.get().join(ArrayKind::of(v)));
        }
        self.element(at).set(v);
        self.barrier_element(heap, at, v);
    }

    /// Stores an element at or behind the end, within the capacity, and makes it the last.
    fn store_behind(self, heap: &Heap, at: u32, v: Value<'_>) {
        self.array_kind.set(self.array_kind.get().join(ArrayKind::of(v)));
        self.element(at).set(v);
        self.array_len.set(at + 1);
        self.barrier_element(heap, at, v);
    }

    fn append(self, cx: TableCx<'g>, v: Value<'g>) -> Result<(), KeyError> {
        let (len, cap) = (self.array_len.get(), self.array_cap.get());
        if len == cap
            && cap > SMALL
            && self.array_kind.get() == ArrayKind::Any
            && (self.live_elements() + 1) * 2 <= cap as usize
        {
            self.sort_anew(cx)?;
            return self.set_int(cx, len as i64 + 1, v);
        }
        let needed = len + 1 + self.successors_from(len as i64 + 2);
        if needed > cap {
            self.grow_array(cx.heap, needed, cap * 2)?;
        }
        self.store_behind(cx.heap, len, v);
        if self.has_hashed_ints() {
            // A tombstone, at most.
            self.take_hashed_int(len as i64 + 1);
            self.take_successors(cx);
        }
        Ok(())
    }

    /// Makes room for at least `least` elements, and for `wanted` if there is memory for so many.
    fn grow_array(self, heap: &Heap, least: u32, wanted: u32) -> Result<(), KeyError> {
        let grow = |cap: u32| {
            let bytes = Heap::usable_size(cap as usize * size_of::<Slot>());
            self.replace_array(heap, (bytes / size_of::<Slot>()).min(MAX_ARRAY as usize) as u32)
        };
        let least = least.max(MIN_GROWN);
        let modest = least + least / 8;
        if wanted <= modest {
            grow(least.max(wanted))
        } else {
            grow(wanted).or_else(|_| grow(modest))
        }
    }

    /// How many keys there are in the hash part from `first` on without a gap.
    fn successors_from(self, first: i64) -> u32 {
        if !self.has_hashed_ints() {
            return 0;
        }
        (first..).take_while(|k| !self.get_int_hashed(*k).is_nil()).count() as u32
    }

    /// Moves elements from the hash part that continue the array, for which there is room.
    fn take_successors(self, cx: TableCx<'g>) {
        while self.has_hashed_ints() && self.array_len.get() < self.array_cap.get() {
            let len = self.array_len.get();
            let Some(v) = self.take_hashed_int(len as i64 + 1) else { return };
            self.store_behind(cx.heap, len, v);
        }
    }

    /// Makes room for `n` elements in all, if there is memory for them.
    pub fn reserve_array(self, cx: TableCx<'g>, n: usize) {
        let n = n.min(MAX_ARRAY as usize) as u32;
        if n > self.array_cap.get() {
            // What is stored asks again.
            let _ = self.replace_array(cx.heap, n);
        }
    }

    /// Extends the array over integer keys of the hash part, `extra` being one more that is about to be added, if
    /// more than half of it would be used. Returns whether `extra` is in the array now, with the value `v`.
    pub(super) fn absorb_hashed_ints(self, cx: TableCx<'g>, extra: i64, v: Value<'g>) -> bool {
        let len = self.array_len.get();
        // Greater keys have no part in an array that is more than half used.
        let max = (len as i64 + self.hashed_ints() as i64 + 1) * 2;
        let mut census = Census::new();
        if extra <= max {
            census.add(extra);
        }
        self.for_each_hashed_int(max, |i| census.add(i));
        // Holes don't count, or every key twice as great as the last would double the array. They are looked for only
        // where it matters.
        if census.best(len) <= len {
            return false;
        }
        let n = census.best(self.live_elements() as u32);
        if n <= len {
            return false;
        }
        let all = n + self.successors_from(n as i64 + 1);
        if all > self.array_cap.get() && self.grow_array(cx.heap, all, all).is_err() {
            return false;
        }
        for i in len..n {
            self.element(i).set(Value::NIL);
        }
        self.array_len.set(n);
        self.drain_hashed_ints(n, |i, v| self.element(i - 1).set(v));
        let took = (1..=n as i64).contains(&extra);
        if took {
            self.element(extra as u32 - 1).set(v);
        }
        let added = &self.elements()[len as usize..];
        let kind = added.iter().fold(self.array_kind.get(), |k, e| k.join(ArrayKind::of(e.get())));
        self.array_kind.set(kind);
        cx.heap.barrier(&self.header);
        self.take_successors(cx);
        self.drop_empty_hash(cx.heap);
        took
    }

    /// Gives an array of mostly holes the size at which more than half of it is used; other elements move to the
    /// hash part.
    fn sort_anew(self, cx: TableCx<'g>) -> Result<(), KeyError> {
        let mut census = Census::new();
        let mut live = 0;
        for (i, _) in self.elements().iter().enumerate().filter(|(_, e)| !e.get().is_nil()) {
            census.add(i as i64 + 1);
            live += 1;
        }
        let n = census.best(0);
        let stay = self.elements().iter().take(n as usize).filter(|e| !e.get().is_nil()).count();
        self.reserve_hashed(cx, live - stay)?;
        for i in n..self.array_len.get() {
            let v = self.element(i).get();
            if !v.is_nil() {
                let key = index_value(i + 1);
                self.set_hashed(cx, HashKey::of_int(i as i64 + 1), key, v)?;
            }
        }
        self.array_len.set(n);
        // What moved to the hash part and continues the array goes back. Without memory for a smaller array, it stays
        // as it was: what continues it doesn't reach beyond its old end.
        let _ = self.replace_array(cx.heap, n + self.successors_from(n as i64 + 1));
        self.take_successors(cx);
        Ok(())
    }

    /// Assigns to the keys from `first` on, one for each value.
    pub fn set_list(self, cx: TableCx<'g>, first: i64, values: &[Slot]) -> Result<(), KeyError> {
        let len = self.array_len.get();
        if first == len as i64 + 1 && self.hash.get().is_null() {
            let total = len as usize + values.len();
            self.reserve_array(cx, total);
            if total <= self.array_cap.get() as usize {
                let mut kind = self.array_kind.get();
                for (e, v) in (len..).zip(values) {
                    kind = kind.join(ArrayKind::of(v.get()));
                    self.element(e).set(v.get());
                }
                self.array_kind.set(kind);
                self.array_len.set(total as u32);
                if kind == ArrayKind::Any {
                    self.pop_nils();
                    cx.heap.barrier(&self.header);
                }
                return Ok(());
            }
        }
        for (i, v) in (first..).zip(values) {
            self.set_int(cx, i, v.get())?;
        }
        Ok(())
    }

    /// Inserts `v` as element `i`, moving up those from there on; `false` (and nothing done) unless `i` is among
    /// the elements, there is room for one more, and nothing is said of its successor elsewhere.
    pub fn array_insert(self, heap: &Heap, i: i64, v: Value<'_>) -> bool {
        let len = self.array_len.get();
        let at = (i as u64).wrapping_sub(1);
        let kind = self.array_kind.get();
        if at >= len as u64
            || len >= self.array_cap.get()
            || self.has_hashed_ints()
            || v.is_nil()
            || (kind != ArrayKind::Any && kind != ArrayKind::of(v))
        {
            return false;
        }
        let at = at as usize;
        // SAFETY: elements `at..len` move to `at + 1..len + 1`, within the capacity.
        unsafe {
            let p = self.array.get().add(at);
            copy(p, p.add(1), len as usize - at);
        }
        self.element(at as u32).set(v);
        self.array_len.set(len + 1);
        if kind == ArrayKind::Any {
            // References changed places, which the barrier for elements wouldn't know.
            heap.barrier(&self.header);
        }
        true
    }

    /// Removes element `i`, moving down those behind it; `None` (and nothing done) if it isn't an element.
    pub fn array_remove(self, heap: &Heap, i: i64) -> Option<Value<'g>> {
        let v = self.array_get(i)?;
        let (at, len) = (i as usize - 1, self.array_len.get());
        // SAFETY: elements `at + 1..len` move to `at..len - 1`.
        unsafe {
            let p = self.array.get().add(at);
            copy(p.add(1), p, len as usize - at - 1);
        }
        self.array_len.set(len - 1);
        if self.array_kind.get() == ArrayKind::Any {
            self.pop_nils();
            heap.barrier(&self.header);
        }
        Some(v)
    }
}
