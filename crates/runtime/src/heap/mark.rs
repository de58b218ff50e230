//! Marking: the marker, and the dispatch from an object's kind to its type.
//!
//! **Design.** Tracing an object reports what it refers to; what wasn't marked is marked and, if it has a header,
//! pushed on an explicit stack, so that the depth of a structure doesn't matter. Buffers and integer cells
//! are leaves. The state of marking lives in the heap between the steps of a major collection and is moved into
//! a [`Marker`] for each.
//!
//! Two things need to know of every object that gets marked, and hook in on that rarer path: ephemerons whose
//! keys are awaited ([`super::weak`]) and the verifier ([`super::verify`]).

use super::chunk::mark;
use super::pressure::Refusals;
use super::verify::Snapshot;
use super::weak::WeakLists;
use crate::object::{Header, HeapObject, Kind, Slot, flag, state};
use crate::string::Str;
use crate::table::Table;
use crate::value::{Value, tag};

/// Entries of a large table that are traced at once.
const PIECE: usize = 4096;

/// The parts of a table that may have many entries.
///
/// The program may change them between two pieces. What moves then, or is added, has been through the write barrier of the
/// table, which is black; so the table is traced again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The array.
    Array,
    /// Named fields.
    Slots,
    /// The hash part.
    Nodes,
}

/// What marking keeps between steps.
#[derive(Default)]
pub(super) struct MarkState {
    /// Marked objects to be traced.
    pub(super) stack: Vec<*const Header>,
    /// Whether there was no memory to keep track of all that is to be traced.
    pub(super) overflowed: bool,
    /// Parts of large tables, and how much of each has been traced.
    partial: Vec<(*const Table, Part, usize)>,
    /// Marked objects that were being written to without barrier when they were traced: the coroutine that ran.
    pub(super) open: Vec<*const Header>,
    pub(super) weak: WeakLists,
}

/// Collects references while objects are traced.
pub struct Marker<'h> {
    /// Of the heap whose objects it marks, which it doesn't outlive.
    pub(super) refusals: &'h Refusals,
    pub(super) state: MarkState,
    /// Bytes looked at, roughly.
    pub(super) work: usize,
    /// Whether newly marked objects are to be looked up: [`Marker::hook`].
    pub(super) hooked: bool,
    pub(super) verifying: Option<Snapshot>,
}

impl Marker<'_> {
    /// Reports a value.
    #[inline]
    pub fn value(&mut self, v: Value<'_>) {
        self.work += size_of::<Slot>();
        self.uncharged_value(v);
    }

    #[inline]
    fn uncharged_value(&mut self, v: Value<'_>) {
        if v.is_headed() {
            self.header(v.payload() as *const Header);
        } else if v.tag() == tag::BIG_INT {
            self.leaf(v.payload() as usize);
        }
    }

    /// Counts work done otherwise than by reporting, in bytes looked at.
    pub(crate) fn charge(&mut self, bytes: usize) {
        self.work += bytes;
    }

    /// Reports values.
    #[inline]
    pub fn values(&mut self, slots: &[Slot]) {
        self.work += size_of_val(slots);
        // Most elements of most arrays are no references.
        for v in slots.iter().map(Slot::get).filter(|v| v.is_heap()) {
            self.uncharged_value(v);
        }
    }

    /// Reports an object; null is fine.
    #[inline]
    pub(crate) fn object<T: HeapObject>(&mut self, o: *const T) {
        self.work += size_of::<Slot>();
        if !o.is_null() {
            self.header(o.cast());
        }
    }

    /// Reports a short string, which refers to nothing; null is fine.
    #[inline]
    pub(crate) fn short_string(&mut self, s: *const Str) {
        self.work += size_of::<Slot>();
        self.buffer(s.cast());
    }

    /// Reports a buffer; null is fine.
    #[inline]
    pub(crate) fn buffer(&mut self, p: *const u8) {
        if !p.is_null() {
            self.leaf(p as usize);
        }
    }

    #[inline(always)]
    fn header(&mut self, o: *const Header) {
        // SAFETY: what a live object refers to is a live cell of this heap.
        if unsafe { mark(o as usize) } {
            if self.state.stack.len() < self.state.stack.capacity() || self.grow_stack() {
                self.state.stack.push(o);
            }
            if self.hooked {
                self.hook(o as usize);
            }
        }
    }

    /// Whether a request is to be refused, for tests. Not those of the verifier, which is one itself.
    pub(super) fn refuses(&self) -> bool {
        self.verifying.is_none() && self.refusals.is_next()
    }

    /// Makes room on the stack; false if there is no memory for it, and then the object won't be traced.
    #[cold]
    fn grow_stack(&mut self) -> bool {
        let grown = !self.refuses() && self.state.stack.try_reserve(1).is_ok();
        self.state.overflowed |= !grown;
        grown
    }

    #[inline(always)]
    fn leaf(&mut self, addr: usize) {
        // SAFETY: as in `header`.
        if unsafe { mark(addr) } && self.hooked {
            self.hook(addr);
        }
    }

    #[cold]
    fn hook(&mut self, addr: usize) {
        match &mut self.verifying {
            Some(snapshot) => snapshot.check(addr),
            None => self.state.weak.key_marked(addr),
        }
    }

    /// Traces until nothing is left.
    pub(super) fn drain(&mut self) {
        while !self.drain_some(usize::MAX) {}
    }

    /// Traces until nothing is left or about `work` bytes have been looked at; whether nothing is left.
    pub(super) fn drain_some(&mut self, work: usize) -> bool {
        let end = self.work.saturating_add(work);
        loop {
            while let Some(o) = self.state.stack.pop() {
                // SAFETY: objects on the stack are marked, hence alive.
                unsafe { trace_object(o, self) };
                if self.work >= end {
                    return false;
                }
            }
            if self.trace_piece() {
                if self.work >= end {
                    return false;
                }
                continue;
            }
            let Some(v) = self.state.weak.next_due() else { return true };
            self.value(v);
        }
    }

    /// Has a part of a table, with so many entries, traced piece by piece as marking goes on, if it is large: a stack with
    /// all that is in it would be as large as the table. False if it is to be traced at once.
    #[inline(always)]
    pub(crate) fn takes_part(&mut self, table: &Table, part: Part, entries: usize) -> bool {
        entries > PIECE && self.take_part(table, part)
    }

    #[cold]
    fn take_part(&mut self, table: &Table, part: Part) -> bool {
        let takes = !self.refuses() && self.state.partial.try_reserve(1).is_ok();
        if takes {
            self.state.partial.push((table, part, 0));
        }
        takes
    }

    /// Traces the next piece of a large table; whether there was one.
    fn trace_piece(&mut self) -> bool {
        let Some((table, part, from)) = self.state.partial.pop() else { return false };
        // SAFETY: tables in the list are marked, hence alive.
        let entries = unsafe { (*table).trace_part(self, part, from, from + PIECE) };
        if from + PIECE < entries {
            // There was room for it before.
            self.state.partial.push((table, part, from + PIECE));
        }
        true
    }

    /// Traces again what may have been written to without barrier since it was traced.
    pub(super) fn rescan_open(&mut self) {
        for o in std::mem::take(&mut self.state.open) {
            // SAFETY: they are marked, hence alive.
            unsafe { trace_object(o, self) };
        }
    }

    /// Keeps an object in mind that is written to without barrier.
    fn keep_open(&mut self, o: *const Header) {
        if !self.refuses() && self.state.open.try_reserve(1).is_ok() {
            self.state.open.push(o);
        } else {
            self.state.overflowed = true;
        }
    }
}

/// Traces an object and makes it black, unless it is written to without barrier: then it is kept in a list.
///
/// # Safety
/// `o` is a live object.
pub(super) unsafe fn trace_object(o: *const Header, m: &mut Marker<'_>) {
    m.work += 2 * size_of::<Slot>();
    // SAFETY: the caller's promise.
    let header = unsafe { &*o };
    if let Some(snapshot) = &mut m.verifying {
        // The verifier leaves no trace.
        snapshot.set_referrer(header);
    } else if header.has(flag::UNBARRIERED) {
        m.keep_open(o);
    } else {
        header.state.set(state::BLACK);
    }
    // SAFETY: the caller's promise.
    unsafe { trace_kind(o, m) };
}

macro_rules! define_dispatch {
    ($($kind:ident => $ty:ty,)*) => {
        /// Calls the `trace` of the object's type.
        ///
        /// # Safety
        /// `o` is a live object.
        unsafe fn trace_kind(o: *const Header, m: &mut Marker<'_>) {
            #[cfg(test)]
            // SAFETY: as below.
            if let Some(node) = unsafe { super::tests::as_node(o) } {
                return node.trace(m);
            }
            // SAFETY: an object of a kind is of that kind's type.
            unsafe {
                match (*o).kind() {
                    $(Kind::$kind => (*o.cast::<$ty>()).trace(m),)*
                }
            }
        }

        /// Calls the `trace_cards` of the object's type.
        ///
        /// # Safety
        /// `o` is a live object.
        pub(super) unsafe fn trace_cards(o: *const Header, m: &mut Marker<'_>, lo: usize, hi: usize) {
            #[cfg(test)]
            // SAFETY: as below.
            if let Some(node) = unsafe { super::tests::as_node(o) } {
                return node.trace_cards(m, lo, hi);
            }
            // SAFETY: an object of a kind is of that kind's type.
            unsafe {
                match (*o).kind() {
                    $(Kind::$kind => (*o.cast::<$ty>()).trace_cards(m, lo, hi),)*
                }
            }
        }

        /// Drops an object in place.
        ///
        /// # Safety
        /// `o` is an object that nobody refers to, and isn't dropped again.
        pub(super) unsafe fn drop_object(o: *mut Header) {
            #[cfg(test)]
            // SAFETY: as below.
            if unsafe { super::tests::as_node(o) }.is_some() {
                // SAFETY: as below.
                return unsafe { o.cast::<super::tests::Node>().drop_in_place() };
            }
            // SAFETY: an object of a kind is of that kind's type.
            unsafe {
                match (*o).kind() {
                    $(Kind::$kind => o.cast::<$ty>().drop_in_place(),)*
                }
            }
        }
    };
}
crate::for_each_kind!(define_dispatch);
