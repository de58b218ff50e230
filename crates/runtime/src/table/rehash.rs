//! Which integer keys are in the array, and when that changes.
//!
//! **Problem.** A list whose elements arrive in any order, or which shares its table with numbers that are no list, must
//! be an array where that pays. Where the array ends shows in `#` of lists with holes, and programs rely on it; so it must end
//! where it does in the reference implementation.
//!
//! **Design.** Its rule: the array's capacity is as large a power of two as there can be with at least a third of it in
//! use; and that is worked out anew when a key is added for which there is no free node in the hash part. The cost of a
//! rehash is that of the keys there are, and each makes room for as many: adding keys is linear in any order.
//!
//! In the reference implementation, fields are in the hash part as well. There are as many nodes as the next power of two
//! says, so one is free as long as fields and nodes in use aren't a power of two. Tombstones count: a part that has some
//! gets room for twice the keys there are, or programs that add and remove a key over and over would rehash each time.
//! Keys that move out of an array, into a table that has had no nodes before, get a quarter more room than they need: the
//! reference implementation takes the empty node that stands for none for a tombstone. [`HashPart::limit`] has that number. How many nodes there really are is the hash part's own business.
//!
//! As long as there are no positive integers in the table, and none is to be added, nothing would come of a rehash;
//! so the limit isn't looked at. And since adding a field doesn't look at it either, fields in excess of it mean that
//! a rehash is due.
//!
//! Only the first capacities of a list that grows, in a table with nothing else, are left out, which are less than
//! [`MIN_GROWN`]: nobody could tell but by the hint for `#` that comes of it, and by what a rehash for other keys leaves of
//! the array, and both is made up for. Beside fields one could tell, since there may be a free node for the next element: so
//! there the capacity grows as it must, but the buffer has room for [`MIN_GROWN`] from the first. Capacities that were asked for (constructors, `table.create`, `table.pack`) are exact.

use super::array::{ArrayKind, MAX_ARRAY, in_pieces, index_value};
use super::hash::{HashPart, MAX_NODES, Node, each_node};
use super::{KeyError, Table, TableCx, mark};
use crate::heap::Heap;
use crate::object::{Gc, Slot};
use crate::shape::Meta;
use crate::value::Value;
use std::mem::size_of;
use std::ptr::{copy_nonoverlapping, null_mut};

/// The least capacity of a list that grows.
pub const MIN_GROWN: u32 = 4;

/// How many times more memory a node takes than an element, in the reference implementation: the array may have up to so
/// many times the elements that are in use.
const NODE_PER_ELEMENT: u64 = 3;

/// The number of a key that can be an element.
#[inline]
pub(super) fn index_of(key: Value<'_>) -> Option<u32> {
    let i = key.as_int()?;
    (1..=MAX_ARRAY as i64).contains(&i).then_some(i as u32)
}

/// Indices counted by size: how many there are in (2^(n-1), 2^n].
struct Census {
    bins: [u64; 32],
    total: u64,
}

impl Census {
    fn new() -> Census {
        Census { bins: [0; 32], total: 0 }
    }

    fn bin(index: u32) -> usize {
        (u32::BITS - (index - 1).leading_zeros()) as usize % 32
    }

    fn add(&mut self, key: Value<'_>) {
        if let Some(index) = index_of(key) {
            self.bins[Census::bin(index)] += 1;
            self.total += 1;
        }
    }

    /// Adds the elements of a table's array; returns how many there are.
    fn add_elements(&mut self, t: &Table, heap: &Heap) -> Result<u64, KeyError> {
        let before = self.total;
        let elements = t.elements();
        let (mut from, mut bin) = (0, 0);
        while from < elements.len() {
            let to = elements.len().min(1 << bin);
            let slice = &elements[from..to];
            let mut live = slice.len();
            if t.array_kind() == ArrayKind::Holey {
                live = 0;
                in_pieces(heap, 0..slice.len() as u32, |piece| {
                    let piece = &slice[piece.start as usize..piece.end as usize];
                    live += piece.iter().filter(|e| !e.get().is_nil()).count();
                })?;
            }
            self.bins[bin] += live as u64;
            self.total += live as u64;
            (from, bin) = (to, bin + 1);
        }
        Ok(self.total - before)
    }

    /// The best capacity, and how many of the indices are within.
    fn best(&self) -> (u32, u64) {
        let (mut best, mut seen) = ((0, 0), 0);
        for (bin, n) in self.bins.iter().enumerate() {
            let capacity = 1u64 << bin;
            if capacity > self.total * NODE_PER_ELEMENT {
                break;
            }
            seen += n;
            if *n > 0 && capacity <= seen * NODE_PER_ELEMENT {
                best = (capacity as u32, seen);
            }
        }
        best
    }
}

/// What a table is to become.
struct Plan {
    /// The array's capacity.
    capacity: u32,
    /// Keys of the hash part.
    hashed: usize,
    /// See [`HashPart::limit`].
    limit: u32,
}

/// Whether as many nodes as the reference implementation has for so many keys are all in use.
fn no_node_is_free(keys: u32) -> bool {
    keys & keys.wrapping_sub(1) == 0
}

/// An empty buffer for an array.
fn alloc_array(heap: &Heap, capacity: u32) -> Result<*mut Slot, KeyError> {
    if capacity == 0 {
        return Ok(null_mut());
    }
    let buffer = heap.try_buffer(capacity as usize * size_of::<Slot>());
    buffer.map(|p| p as *mut Slot).ok_or(KeyError::Memory)
}

/// Frees the buffer of an array.
fn free_array(heap: &Heap, buffer: *mut Slot, capacity: u32) {
    if !buffer.is_null() {
        heap.free_buffer(buffer as *mut u8, capacity as usize * size_of::<Slot>());
    }
}

/// What there is in a buffer that was filled for an array.
struct Filling {
    /// Elements before the first nil.
    len: u32,
    /// What they are.
    kind: ArrayKind,
    /// Whether there are others behind.
    holes: bool,
}

impl Filling {
    fn of(heap: &Heap, elements: &[Slot]) -> Result<Filling, KeyError> {
        let mut f = Filling { len: 0, kind: ArrayKind::Empty, holes: false };
        in_pieces(heap, 0..elements.len() as u32, |piece| {
            let mut rest = elements[piece.start as usize..piece.end as usize].iter();
            if f.len == piece.start {
                for e in rest.by_ref().map(Slot::get).take_while(|v| !v.is_nil()) {
                    f.kind = f.kind.with(e);
                    f.len += 1;
                }
            }
            f.holes |= rest.any(|e| !e.get().is_nil());
        })?;
        Ok(f)
    }
}

impl Table {
    /// How many fields there are, cleared ones included.
    fn fields(&self) -> u32 {
        let shape = self.shape();
        let hidden = matches!(shape.meta(), Meta::Structural { .. } | Meta::Dynamic { .. });
        shape.count() - hidden as u32
    }

    /// Whether the reference implementation has no nodes for this table.
    fn has_no_nodes(&self) -> bool {
        self.fields() == 0 && self.hash_part().is_none_or(|h| h.limit() == 0)
    }

    /// Whether there is no node left for one more key.
    pub(super) fn is_crowded(&self) -> bool {
        let used = self.fields() + self.hash_part().map_or(0, HashPart::used);
        let limit = self.hash_part().map_or(0, HashPart::limit);
        used >= limit && no_node_is_free(used)
    }

    /// Whether fields have been added for which there was no node, while there are integers that a rehash might have moved.
    fn is_rehash_due(&self) -> bool {
        let Some(h) = self.hash_part() else { return false };
        self.has_hashed_ints() && self.fields() + h.used() > h.limit()
    }

    /// The limit for a hash part that is made for so many keys.
    pub(super) fn limit_for(&self, keys: usize) -> u32 {
        match self.fields() as usize + keys {
            0 => 0,
            n => n.next_power_of_two().min(MAX_NODES as usize) as u32,
        }
    }

    /// Gives a dense array, and the hash part of which nothing moves into it, room for `capacity` elements.
    fn grow_array(&self, heap: &Heap, capacity: u32) -> Result<(), KeyError> {
        let new = alloc_array(heap, capacity)?;
        let old = self.array_ptr();
        let copied = in_pieces(heap, 0..self.array_len.get(), |piece| {
            // SAFETY: both buffers have room for all elements, of which there are none without a buffer.
            unsafe {
                let (from, to) = (old.add(piece.start as usize), new.add(piece.start as usize));
                copy_nonoverlapping(from, to, piece.len());
            }
        });
        if let Err(e) = copied {
            free_array(heap, new, capacity);
            return Err(e);
        }
        self.replace_array(heap, new, capacity);
        Ok(())
    }
}

impl<'g> Gc<'g, Table> {
    /// Makes room for `n` elements in all, if there is memory for them. (What is stored asks again.)
    #[inline]
    pub fn reserve_array(self, cx: TableCx<'g>, n: usize) {
        if n > self.array_cap() as usize {
            self.make_room(cx, n.min(MAX_ARRAY as usize) as u32);
        }
    }

    fn make_room(self, cx: TableCx<'g>, n: u32) {
        if !self.has_hashed_ints() && self.array_kind.get() != ArrayKind::Holey {
            let _ = self.grow_array(cx.heap, n);
            return;
        }
        let nodes = self.hash_part().map_or(&[][..], HashPart::nodes);
        let stays = |key: Value<'_>| index_of(key).is_none_or(|i| i > n);
        let mut hashed = 0;
        let count = |n: &Node| hashed += usize::from(n.is_live() && stays(n.key.get()));
        if each_node(cx.heap, nodes, count).is_err() {
            return;
        }
        let limit = self.hash_part().map_or(0, HashPart::limit).max(self.limit_for(hashed));
        let _ = self.carry_out(cx, &Plan { capacity: n, hashed, limit }, None);
    }

    /// Doubles the capacity of an array that has room for it.
    fn grow_within_room(self) {
        let capacity = self.array_cap.get() * 2;
        self.array_cap.set(capacity);
        self.reset_hint();
        if capacity == MIN_GROWN {
            self.marks.set(self.marks.get() & !mark::HAS_ROOM);
        }
    }

    /// Appends to a list that fills its array, if there is nothing else to consider. The common case of a rehash.
    pub(crate) fn append_growing(self, cx: TableCx<'g>, i: i64, v: Value<'g>) -> bool {
        let (len, cap) = (self.array_len.get(), self.array_cap.get());
        if i.wrapping_sub(1) != len as i64
            || len != cap
            || cap >= MAX_ARRAY
            || v.is_nil()
            || !self.hash.get().is_null()
            || self.array_kind.get() == ArrayKind::Holey
        {
            return false;
        }
        let fields = self.fields();
        if !no_node_is_free(fields) {
            return false;
        }
        let capacity = (len + 1).next_power_of_two();
        if self.marks.get() & mark::HAS_ROOM != 0 {
            self.grow_within_room();
        } else {
            if self.grow_array(cx.heap, capacity.max(MIN_GROWN)).is_err() {
                return false;
            }
            // Beside fields, elements that were in nodes would show.
            if capacity < MIN_GROWN && fields == 0 {
                self.marks.set(self.marks.get() | mark::ROUNDED_UP);
            } else if capacity < MIN_GROWN {
                self.array_cap.set(capacity);
                self.marks.set(self.marks.get() | mark::HAS_ROOM);
            }
        }
        self.array_kind.set(self.array_kind.get().with(v));
        self.element(len).set(v);
        self.array_len.set(len + 1);
        self.barrier_element(cx.heap, len, v);
        true
    }

    /// Adds a key that isn't there and for which there is no free node.
    #[cold]
    pub(super) fn rehash(
        self,
        cx: TableCx<'g>,
        key: Value<'g>,
        v: Value<'g>,
    ) -> Result<(), KeyError> {
        if self.is_rehash_due() {
            let plan = self.plan(cx.heap, None)?;
            self.carry_out(cx, &plan, None)?;
            return self.set(cx, key, v);
        }
        let plan = self.plan(cx.heap, Some(key))?;
        self.carry_out(cx, &plan, Some((key, v)))
    }

    /// What a rehash makes of the table and one more key.
    fn plan(self, heap: &Heap, extra: Option<Value<'g>>) -> Result<Plan, KeyError> {
        #[cfg(test)]
        work::add(self.elements().len() + self.hash_part().map_or(0, |h| h.nodes().len()));
        let mut census = Census::new();
        let (mut hashed, mut tombstones) = (0, false);
        each_node(heap, self.hash_part().map_or(&[][..], HashPart::nodes), |n| {
            if n.is_live() {
                census.add(n.key.get());
                hashed += 1;
            } else {
                tombstones |= !n.key.get().is_empty();
            }
        })?;
        if let Some(key) = extra {
            census.add(key);
            hashed += 1;
        }
        let mut capacity = match self.marks.get() & mark::ROUNDED_UP {
            0 => self.array_cap(),
            _ => self.array_len.get().next_power_of_two(),
        };
        if census.total > 0 {
            let elements = census.add_elements(&self, heap)?;
            let (best, inside) = census.best();
            capacity = best;
            hashed = (hashed as u64 + elements - inside) as usize;
        }
        if hashed > MAX_NODES as usize / 2 {
            return Err(KeyError::Overflow);
        }
        let spare = if tombstones {
            self.fields() as usize + hashed
        } else if self.has_no_nodes() {
            hashed / 4
        } else {
            0
        };
        Ok(Plan { capacity, hashed, limit: self.limit_for(hashed + spare) })
    }

    /// Rebuilds the table according to a plan, which reckons with the extra entry, if there is memory for both parts.
    fn carry_out(
        self,
        cx: TableCx<'g>,
        plan: &Plan,
        extra: Option<(Value<'g>, Value<'g>)>,
    ) -> Result<(), KeyError> {
        let nodes = plan.limit.saturating_sub(self.fields()).max(plan.hashed as u32);
        let hash = match plan.hashed {
            0 => null_mut(),
            _ => HashPart::alloc(cx, HashPart::nodes_for(nodes), plan.limit)?,
        };
        let capacity = if plan.capacity == self.array_cap() { 0 } else { plan.capacity };
        let array = alloc_array(cx.heap, capacity);
        let filled = array.and_then(|array| {
            // SAFETY: null or just made; the buffer has room for so many elements. Both are the table's or freed only below.
            let filled =
                unsafe { self.fill(cx.heap, plan, hash.as_ref(), (array, capacity), extra) };
            filled.inspect_err(|_| free_array(cx.heap, array, capacity)).map(|f| (array, f))
        });
        let (array, filling) = filled.inspect_err(|_| {
            // SAFETY: null or just made.
            if let Some(h) = unsafe { hash.as_ref() } {
                h.discard(cx.heap);
            }
        })?;
        self.replace_hash(cx.heap, hash);
        if plan.capacity == self.array_cap() {
            self.reset_hint();
        } else {
            self.adopt_array(cx.heap, array, plan.capacity, &filling);
        }
        Ok(())
    }

    /// Fills the new parts, the array only if it has a capacity, with all that is in the table, and the extra entry.
    ///
    /// # Safety
    /// The buffer for the array has room for so many elements. It lives meanwhile, and nobody else uses it.
    unsafe fn fill(
        self,
        heap: &Heap,
        plan: &Plan,
        hash: Option<&HashPart>,
        array: (*mut Slot, u32),
        extra: Option<(Value<'g>, Value<'g>)>,
    ) -> Result<Filling, KeyError> {
        let to_hash = |key, v| {
            if let Some(h) = hash {
                h.insert_new(key, v);
            }
        };
        // SAFETY: the caller's promise.
        let elements = unsafe { self.fill_array(heap, array.0, array.1) }?;
        let gone = plan.capacity.min(self.array_len.get());
        in_pieces(heap, gone..self.array_len.get(), |piece| {
            for i in piece {
                let v = self.element(i).get();
                if !v.is_nil() {
                    to_hash(index_value(i + 1), v);
                }
            }
        })?;
        let add = |key: Value<'g>, v| match index_of(key).and_then(|i| elements.get(i as usize - 1))
        {
            Some(e) => e.set(v),
            None => to_hash(key, v),
        };
        each_node(heap, self.hash_part().map_or(&[][..], HashPart::nodes), |n| {
            if n.is_live() {
                add(n.key.get(), n.value.get());
            }
        })?;
        if let Some((key, v)) = extra {
            add(key, v);
        }
        Filling::of(heap, elements)
    }

    /// Fills a buffer with the first elements of the array, and nil behind them.
    ///
    /// # Safety
    /// The buffer has room for so many. It lives as long as the slice is used.
    unsafe fn fill_array<'a>(
        self,
        heap: &Heap,
        buffer: *mut Slot,
        capacity: u32,
    ) -> Result<&'a [Slot], KeyError> {
        if capacity == 0 {
            return Ok(&[]);
        }
        in_pieces(heap, 0..capacity, |piece| {
            for i in piece {
                let v = if i < self.array_len.get() { self.element(i).get() } else { Value::NIL };
                // SAFETY: the caller's promise.
                unsafe { buffer.add(i as usize).write(Slot::new(v)) };
            }
        })?;
        // SAFETY: the caller's promise; all is initialized.
        Ok(unsafe { std::slice::from_raw_parts(buffer, capacity as usize) })
    }

    /// Takes a buffer that is filled for the array.
    fn adopt_array(self, heap: &Heap, array: *mut Slot, capacity: u32, filling: &Filling) {
        free_array(heap, self.array_ptr(), self.array_cap());
        self.set_array(array);
        self.array_kind.set(filling.kind);
        self.array_len.set(filling.len);
        self.array_cap.set(capacity);
        self.reset_hint();
        if filling.holes {
            self.array_len.set(capacity);
            self.become_holey();
        }
        heap.barrier(&self.header);
    }
}

/// Counts keys that rehashes look at and searches for borders ask for: tests of what they cost.
#[cfg(test)]
pub(super) mod work {
    use std::cell::Cell;

    thread_local! { static DONE: Cell<usize> = const { Cell::new(0) } }

    pub(in crate::table) fn begin() {
        DONE.set(0);
    }

    pub(in crate::table) fn add(n: usize) {
        DONE.set(DONE.get() + n);
    }

    pub(in crate::table) fn done() -> usize {
        DONE.get()
    }
}
