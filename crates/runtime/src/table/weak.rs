//! What the collector sees of a table.
//!
//! A table's mode is what its metatable's `__mode` says when the table is traced. References that are strong in
//! this mode are marked right away; the rest are left to the collector's own handling of weak tables, which visits
//! them with [`Table::weak_entries`].

use super::array::index_value;
use super::hash::HashPart;
use super::{Table, table_flag};
use crate::heap::{EntryFate, Marker, Part, WeakKind};
use crate::object::Slot;
use crate::shape::NOT_FOUND;
use crate::string::Str;
use crate::value::Value;
use std::ops::Range;

impl Table {
    /// Whether keys and values are weak.
    fn mode(&self) -> (bool, bool) {
        let Some(meta) = self.metatable() else { return (false, false) };
        let shape = meta.shape();
        let slot = shape.keys().mode();
        if slot == NOT_FOUND || slot >= shape.count() {
            return (false, false);
        }
        match meta.slot(slot).get().downcast::<Str>() {
            Some(s) => (s.as_bytes().contains(&b'k'), s.as_bytes().contains(&b'v')),
            None => (false, false),
        }
    }

    pub(super) fn trace_parts(&self, m: &mut Marker<'_>) {
        m.object(self.shape_ptr());
        if let Some((p, _)) = self.slot_buffer() {
            m.buffer(p);
        }
        if !self.array_ptr().is_null() {
            m.buffer(self.array_ptr() as *const u8);
        }
        if let Some(h) = self.hash_part() {
            m.buffer(h as *const HashPart as *const u8);
        }
        let (weak_keys, weak_values) = self.mode();
        self.header.set_flag(table_flag::WEAK_KEYS, weak_keys);
        self.header.set_flag(table_flag::WEAK_VALUES, weak_values);
        if weak_keys || weak_values {
            return self.trace_weak(m, weak_keys, weak_values);
        }
        self.trace_strong(m, Part::Slots);
        if self.array_kind().is_mixed() {
            self.trace_strong(m, Part::Array);
        }
        if self.hash_part().is_some() {
            self.trace_strong(m, Part::Nodes);
        }
    }

    /// Traces what is strong of a weak table.
    #[cold]
    fn trace_weak(&self, m: &mut Marker<'_>, weak_keys: bool, weak_values: bool) {
        if weak_values {
            self.trace_hidden(m);
        } else {
            self.trace_strong(m, Part::Slots);
            self.trace_strong(m, Part::Array);
        }
        self.trace_nodes(m, 0..usize::MAX, weak_keys, weak_values);
        let kind = match (weak_keys, weak_values) {
            (_, false) => WeakKind::Keys,
            (false, true) => WeakKind::Values,
            (true, true) => WeakKind::Both,
        };
        m.weak_table(self, kind);
    }

    /// Traces a part that isn't weak, at once or bit by bit. In line, for each part: tables are most of what there is to be
    /// traced, and most are small.
    #[inline(always)]
    fn trace_strong(&self, m: &mut Marker<'_>, part: Part) {
        let entries = match part {
            Part::Array => self.elements().len(),
            Part::Slots => self.shape().count() as usize,
            Part::Nodes => self.hash_part().map_or(0, |h| h.nodes().len()),
        };
        if !m.takes_part(self, part, entries) {
            self.trace_part(m, part, 0, entries);
        }
    }

    /// Traces some entries of a part that isn't weak; says how many it has.
    #[inline(always)]
    pub(crate) fn trace_part(&self, m: &mut Marker<'_>, part: Part, lo: usize, hi: usize) -> usize {
        match part {
            Part::Array if !self.array_kind().is_mixed() => 0,
            Part::Array => {
                let elements = self.elements();
                m.values(elements.get(lo..hi.min(elements.len())).unwrap_or_default());
                elements.len()
            }
            Part::Slots => {
                let count = self.shape().count() as usize;
                let (inline, outline) = self.slots_between(lo, hi.min(count));
                m.values(inline);
                m.values(outline);
                count
            }
            Part::Nodes => self.trace_nodes(m, lo..hi, false, false),
        }
    }

    /// The metatable of a weak table isn't weak.
    fn trace_hidden(&self, m: &mut Marker<'_>) {
        if let Some(meta) = self.metatable() {
            m.object(meta.as_ptr() as *const Table);
        }
    }

    /// Traces some nodes of the hash part, as far as they aren't weak; says how many there are.
    fn trace_nodes(
        &self,
        m: &mut Marker<'_>,
        range: Range<usize>,
        weak_keys: bool,
        weak_values: bool,
    ) -> usize {
        let nodes = self.hash_part().map_or(&[][..], HashPart::nodes);
        let some = nodes.get(range.start..range.end.min(nodes.len())).unwrap_or_default();
        m.charge(size_of_val(some) / 2);
        for n in some {
            let (key, v) = (n.key.get(), n.value.get());
            if v.is_nil() {
                // Most have never been used.
                if key.is_heap() && !n.bury_key() {
                    m.value(key);
                }
                continue;
            }
            // A key that can't be collected is there for good, and so is its value.
            let is_strong = !weak_keys || !key.is_headed() || key.is_string();
            if key.is_heap() && is_strong {
                m.value(key);
            }
            if v.is_heap() && is_strong && !weak_values {
                m.value(v);
            }
        }
        nodes.len()
    }

    /// Visits the entries of a weak table, and removes those the visitor says are dead. Entries whose keys and
    /// values are both strong are left out.
    pub(crate) fn weak_entries(&self, f: &mut dyn FnMut(Value<'_>, Value<'_>) -> EntryFate) {
        if self.header.has(table_flag::WEAK_VALUES) {
            let mut cleared = false;
            for (i, e) in (1..).zip(self.elements()) {
                cleared |= visit(index_value(i), e, f);
            }
            if cleared {
                self.account_for_cleared_elements();
            }
            let shape = self.shape();
            for i in 0..shape.count() {
                if let Some(key) = shape.key_at(i) {
                    visit(Value::object(key), self.slot(i), f);
                }
            }
        }
        let Some(h) = self.hash_part() else { return };
        for n in h.nodes() {
            if visit(n.key.get(), &n.value, f) {
                n.bury_key();
            }
        }
    }
}

/// Asks about one entry; returns whether it was removed.
fn visit(
    key: Value<'_>,
    value: &Slot,
    f: &mut dyn FnMut(Value<'_>, Value<'_>) -> EntryFate,
) -> bool {
    let v = value.get();
    if v.is_nil() {
        return false;
    }
    match f(key, v) {
        EntryFate::Keep => false,
        EntryFate::Remove => {
            value.set(Value::NIL);
            true
        }
    }
}
