//! Weak tables.
//!
//! **Problem.** A weak table mustn't keep its weak references alive; a table with weak keys is an *ephemeron
//! table*: a value is alive only if its key is, and keys may be reachable only through such values, in
//! chains across tables.
//!
//! **Design.** `Table::trace` of a table with `__mode` calls [`Marker::weak_table`] instead of reporting its
//! entries. That marks what is strong about them and keeps the table in a list. When marking has ended:
//!
//! 1. *Ephemerons.* Each ephemeron table is visited once. The value of a marked key is marked. An unmarked key is
//!    entered, with its value, in a map of *awaited* keys; when a key in the map gets marked, by whatever chain,
//!    its values become due at once. So chains cost linear time, in whatever order they lie.
//! 2. *Values* that are unmarked are removed, before finalizers bring some of them back.
//! 3. Objects with due finalizers are marked (`finalize.rs`), and ephemerons again.
//! 4. *Keys* that are unmarked are removed now, so that a resurrected object can still find what hangs on it.
//!    Tables first seen in 3 get their values cleared, too.
//!
//! Strings, integer cells and wide light userdata are values rather than objects: they are never removed, and
//! marked where they are met.

use super::Heap;
use super::barrier::AddrMap;
use super::chunk::is_marked;
use super::mark::Marker;
use crate::object::Kind;
use crate::table::Table;
use crate::value::{Value, tag};

/// What is weak about a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakKind {
    /// The keys (`__mode` is "k"): an ephemeron table.
    Keys,
    /// The values ("v").
    Values,
    /// Both ("kv").
    Both,
}

/// What becomes of an entry that was visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryFate {
    /// It stays.
    Keep,
    /// It is removed.
    Remove,
}

/// Something with weak entries.
pub(super) trait WeakEntries {
    /// Calls `f` with each entry whose value isn't nil, and does what it says.
    fn weak_entries(&self, f: &mut dyn FnMut(Value<'_>, Value<'_>) -> EntryFate);
}

impl WeakEntries for Table {
    fn weak_entries(&self, f: &mut dyn FnMut(Value<'_>, Value<'_>) -> EntryFate) {
        Table::weak_entries(self, f);
    }
}

type WeakRef = *const dyn WeakEntries;

/// The weak tables met in a collection.
#[derive(Default)]
pub(super) struct WeakLists {
    values: Vec<WeakRef>,
    ephemerons: Vec<WeakRef>,
    both: Vec<WeakRef>,
    /// Values by unmarked key, as heads of lists in `links`.
    awaited: AddrMap<usize>,
    /// Value bits, and the index of the next link of the same key.
    links: Vec<(u64, usize)>,
    /// Values whose key was marked.
    due: Vec<u64>,
}

/// End of a list of links.
const NO_LINK: usize = usize::MAX;

impl WeakLists {
    /// A value that became reachable because its key did.
    pub(super) fn next_due(&mut self) -> Option<Value<'static>> {
        self.due.pop().map(Value::from_bits)
    }

    /// Notes that an object, perhaps an awaited key, was marked.
    pub(super) fn key_marked(&mut self, addr: usize) {
        if self.awaited.is_empty() {
            return;
        }
        let mut next = self.awaited.remove(&addr).unwrap_or(NO_LINK);
        while let Some(&(value, link)) = self.links.get(next) {
            self.due.push(value);
            next = link;
        }
    }

    /// Enters an awaited key with its value; whether there was memory for it.
    fn await_key(&mut self, key: usize, value: Value<'_>) -> bool {
        // What is awaited may all be due at once.
        if self.awaited.try_reserve(1).is_err()
            || self.links.try_reserve(1).is_err()
            || self.due.try_reserve(self.links.len() + 1).is_err()
        {
            return false;
        }
        let link = self.awaited.insert(key, self.links.len()).unwrap_or(NO_LINK);
        self.links.push((value.bits(), link));
        true
    }
}

/// Whether a value is never removed from weak tables although it is in the heap.
fn is_plain(v: Value<'_>) -> bool {
    match v.tag() {
        tag::STRING | tag::BIG_INT => true,
        tag::OBJECT => v.as_header().is_some_and(|h| h.kind() == Kind::Light64),
        _ => false,
    }
}

/// Whether a key or value is dead, given that marking has ended. Plain values are marked.
fn is_dead(m: &mut Marker<'_>, v: Value<'_>) -> bool {
    if !v.is_heap() {
        return false;
    }
    if is_plain(v) {
        m.value(v);
        return false;
    }
    // SAFETY: entries are cleared before what they refer to is freed, so it is a cell of this heap.
    !unsafe { is_marked(v.payload() as usize) }
}

impl Marker<'_> {
    /// Reports a weak table, which doesn't report its entries itself.
    pub fn weak_table(&mut self, t: &Table, kind: WeakKind) {
        self.weak_entries(t, kind);
    }

    pub(super) fn weak_entries<T: WeakEntries + 'static>(&mut self, t: &T, kind: WeakKind) {
        if self.verifying.is_some() {
            // After a collection there is nothing dead in it.
            t.weak_entries(&mut |k, v| {
                self.value(k);
                self.value(v);
                EntryFate::Keep
            });
            return;
        }
        let table = std::ptr::from_ref(t) as WeakRef;
        match kind {
            WeakKind::Values => {
                t.weak_entries(&mut |k, v| {
                    self.value(k);
                    if is_plain(v) {
                        self.value(v);
                    }
                    EntryFate::Keep
                });
                self.state.weak.values.push(table);
            }
            // What its entries keep alive is known when marking ends.
            WeakKind::Keys => self.state.weak.ephemerons.push(table),
            WeakKind::Both => self.state.weak.both.push(table),
        }
    }

    /// Marks what ephemerons keep alive. From here on, newly marked objects are looked up as keys.
    fn trace_ephemerons(&mut self, mut from: usize) {
        self.hooked = true;
        // Tracing values may find further tables.
        while let Some(&t) = self.state.weak.ephemerons.get(from) {
            from += 1;
            // SAFETY: tables in the lists are marked, hence alive.
            unsafe { &*t }.weak_entries(&mut |k, v| {
                if !is_dead(self, k) {
                    self.value(v);
                } else if is_dead(self, v) {
                    let key = k.payload() as usize;
                    let awaited = !self.refuses() && self.state.weak.await_key(key, v);
                    self.state.overflowed |= !awaited;
                }
                EntryFate::Keep
            });
            self.drain();
        }
    }

    fn clear_entries(&mut self, t: WeakRef, keys: bool) {
        // SAFETY: tables in the lists are marked, hence alive.
        unsafe { &*t }.weak_entries(&mut |k, v| {
            if is_dead(self, if keys { k } else { v }) {
                EntryFate::Remove
            } else {
                EntryFate::Keep
            }
        });
    }

    /// Everything from the end of plain marking to the last weak reference cleared.
    pub(super) fn finish_weak(&mut self, heap: &Heap, major: bool) {
        self.trace_ephemerons(0);
        if self.state.overflowed {
            // Nobody knows what is dead, so nothing is.
            self.state.weak = WeakLists::default();
            self.hooked = false;
            return;
        }
        let seen = [self.state.weak.values.len(), self.state.weak.both.len()];
        for i in 0..seen[0] {
            self.clear_entries(self.state.weak.values[i], false);
        }
        for i in 0..seen[1] {
            self.clear_entries(self.state.weak.both[i], false);
        }
        let ephemerons = self.state.weak.ephemerons.len();
        heap.finalizers.separate(self, major);
        self.drain();
        self.trace_ephemerons(ephemerons);
        for i in 0..self.state.weak.ephemerons.len() {
            self.clear_entries(self.state.weak.ephemerons[i], true);
        }
        for i in 0..self.state.weak.both.len() {
            self.clear_entries(self.state.weak.both[i], true);
        }
        for i in seen[0]..self.state.weak.values.len() {
            self.clear_entries(self.state.weak.values[i], false);
        }
        for i in seen[1]..self.state.weak.both.len() {
            self.clear_entries(self.state.weak.both[i], false);
        }
        // Strings that clearing met, at most.
        self.drain();
        self.state.weak = WeakLists::default();
        self.hooked = false;
    }
}
