//! The hash part: open addressing for all keys but short strings and the array's.
//!
//! A node is a key and a value. A node whose value is nil is a tombstone: it keeps its key so that `next` finds its
//! way, until another key takes the node or the part is rebuilt. At least a quarter of the nodes are free, so that
//! (triangular) probing ends soon.
//!
//! Keys with value semantics are found by value: integer cells, long strings, wide light userdata. All others are
//! found by their bits, small integers first among them. Floats with an integral value have become integers
//! before they get here.
//!
//! Tombstones don't keep their keys alive. When the collector finds one with a collectable key, the key becomes a
//! *dead key*: its address under the tag of internal values. It equals no value, but `next` recognizes the
//! object it once was.
//!
//! Hashes multiply to 128 bits and fold, with the state's seed: neither regular nor hostile keys cluster.

use super::{KeyError, Table, TableCx};
use crate::heap::Heap;
use crate::object::{Gc, Slot};
use crate::string::Str;
use crate::userdata::Light64;
use crate::value::{Value, tag};
use std::cell::Cell;
use std::mem::size_of;

/// The header of a hash part; its nodes follow.
#[repr(C)]
pub(super) struct HashPart {
    seed: u64,
    mask: u32,
    /// Nodes that have a key, tombstones included.
    used: Cell<u32>,
    /// Of them, those with a positive integer key.
    ints: Cell<u32>,
    /// Where a traversal was last.
    visited: Cell<u32>,
}

/// A key and its value.
#[repr(C)]
pub(super) struct Node {
    pub(super) key: Slot,
    pub(super) value: Slot,
}

const MIN_NODES: u32 = 4;
const MAX_NODES: u32 = 1 << 30;

/// A key, sorted by how it is compared.
#[derive(Clone, Copy)]
pub(super) enum HashKey<'g> {
    /// By its bits.
    Bits(u64),
    /// An integer in a cell.
    BigInt(i64),
    /// A long string.
    Long(Gc<'g, Str>),
    /// Light userdata in a cell.
    Light(u64),
}

impl<'g> HashKey<'g> {
    #[inline(always)]
    pub(super) fn of_int(i: i64) -> HashKey<'g> {
        match Value::try_int(i) {
            Some(v) => HashKey::Bits(v.bits()),
            None => HashKey::BigInt(i),
        }
    }

    /// Of a value that is neither number nor nil nor short string.
    #[inline]
    pub(super) fn of_object(v: Value<'g>) -> HashKey<'g> {
        match v.downcast::<Light64>() {
            Some(l) => HashKey::Light(l.word),
            None => HashKey::Bits(v.bits()),
        }
    }
}

/// The key of a tombstone that nobody looks for.
const MOVED: Value<'static> = Value::from_bits(tag::SPECIAL << 48 | 8);

/// What a key becomes when its object may be freed.
fn dead_key(v: Value<'_>) -> Value<'static> {
    Value::from_bits(tag::SPECIAL << 48 | v.payload())
}

/// Whether a tombstone's key goes with its object. Cells don't: `next` may be given an equal one.
fn dies(key: Value<'_>) -> bool {
    key.is_headed() && key.downcast::<Light64>().is_none()
}

fn is_positive_int(key: Value<'_>) -> bool {
    key.as_int().is_some_and(|i| i > 0)
}

#[inline(always)]
fn fold(word: u64, seed: u64) -> u32 {
    let m = (word ^ seed) as u128 * 0x9e37_79b9_7f4a_7c15;
    ((m >> 64) as u64 ^ m as u64) as u32
}

impl Node {
    /// Stops the key of a tombstone from being a reference. Returns whether it was one that dies.
    pub(super) fn bury_key(&self) -> bool {
        let key = self.key.get();
        let dying = dies(key);
        if dying {
            self.key.set(dead_key(key));
        }
        dying
    }
}

impl HashPart {
    fn alloc(cx: TableCx<'_>, nodes: u32) -> Option<*mut HashPart> {
        let p = cx.heap.try_buffer(HashPart::bytes(nodes))? as *mut HashPart;
        let header = HashPart {
            seed: cx.strings.seed(),
            mask: nodes - 1,
            used: Cell::new(0),
            ints: Cell::new(0),
            visited: Cell::new(0),
        };
        // SAFETY: the buffer is large enough for the header and that many nodes.
        unsafe {
            p.write(header);
            let first = p.add(1) as *mut Node;
            for i in 0..nodes as usize {
                first
                    .add(i)
                    .write(Node { key: Slot::new(Value::EMPTY), value: Slot::new(Value::NIL) });
            }
        }
        Some(p)
    }

    fn bytes(nodes: u32) -> usize {
        size_of::<HashPart>() + nodes as usize * size_of::<Node>()
    }

    /// All nodes, free ones too.
    #[inline(always)]
    pub(super) fn nodes(&self) -> &[Node] {
        // SAFETY: the header is followed by `mask + 1` initialized nodes.
        unsafe {
            let first = (self as *const HashPart).add(1) as *const Node;
            std::slice::from_raw_parts(first, self.mask as usize + 1)
        }
    }

    #[inline(always)]
    fn node(&self, i: u32) -> &Node {
        debug_assert!(i <= self.mask);
        // SAFETY: as above.
        unsafe { &*((self as *const HashPart).add(1) as *const Node).add(i as usize) }
    }

    /// The number of the node with a key, or of the one where it would have to go.
    #[inline(always)]
    fn probe(&self, hash: u32, is_it: impl Fn(Value<'_>) -> bool) -> Result<u32, u32> {
        let (mut i, mut step) = (hash & self.mask, 0);
        let mut place = None;
        loop {
            let node = self.node(i);
            let key = node.key.get();
            if is_it(key) {
                return Ok(i);
            }
            if key.is_empty() {
                return Err(place.unwrap_or(i));
            }
            if place.is_none() && node.value.get().is_nil() {
                place = Some(i);
            }
            step += 1;
            i = (i + step) & self.mask;
        }
    }

    fn hash(&self, key: HashKey<'_>) -> u32 {
        match key {
            HashKey::Bits(b) => fold(b, self.seed),
            HashKey::BigInt(i) => fold(i as u64, self.seed),
            HashKey::Light(w) => fold(w, self.seed),
            HashKey::Long(s) => s.hash(self.seed),
        }
    }

    /// The number of the node with a key, or of the one where it would have to go.
    #[inline]
    fn find(&self, key: HashKey<'_>) -> Result<u32, u32> {
        let hash = self.hash(key);
        match key {
            HashKey::Bits(b) => self.probe(hash, |k| k.bits() == b),
            HashKey::BigInt(i) => {
                self.probe(hash, |k| k.tag() == tag::BIG_INT && k.as_int() == Some(i))
            }
            HashKey::Light(w) => {
                self.probe(hash, |k| k.downcast::<Light64>().is_some_and(|l| l.word == w))
            }
            HashKey::Long(s) => {
                self.probe(hash, |k| k.downcast::<Str>().is_some_and(|t| t.equals(s)))
            }
        }
    }

    /// Notes where a traversal is.
    #[inline(always)]
    pub(super) fn visit(&self, node: u32) {
        self.visited.set(node);
    }

    /// The number of the node for a key passed to `next`.
    pub(super) fn position(&self, key: HashKey<'_>, value: Value<'_>) -> Option<u32> {
        let visited = self.visited.get();
        if self.node(visited).key.get().bits() == value.bits() {
            return Some(visited);
        }
        let found = self.find(key).ok();
        if found.is_some() || !dies(value) {
            return found;
        }
        // A dead key stays where its object's hash had led.
        let dead = dead_key(value).bits();
        self.probe(self.hash(key), |k| k.bits() == dead).ok()
    }

    fn set_key(&self, node: &Node, key: Value<'_>) {
        let ints = self.ints.get() - is_positive_int(node.key.get()) as u32;
        self.ints.set(ints + is_positive_int(key) as u32);
        node.key.set(key);
    }

    /// Takes out the value of a positive integer that becomes an element of the array. No trace of the key stays:
    /// `next` takes an integer that is found here for one that belongs here.
    fn move_out<'g>(&self, node: &Node) -> Value<'g> {
        let v = node.value.get();
        self.set_key(node, MOVED);
        node.value.set(Value::NIL);
        v
    }

    /// Adds a key that isn't there at the node found for it. `false` if there is no room.
    #[inline]
    fn insert(&self, place: u32, key: Value<'_>, v: Value<'_>) -> bool {
        let node = self.node(place);
        if node.key.get().is_empty() {
            let nodes = self.mask + 1;
            if self.used.get() >= nodes - nodes / 4 {
                return false;
            }
            self.used.set(self.used.get() + 1);
        }
        self.set_key(node, key);
        node.value.set(v);
        true
    }

    /// Adds a key that isn't there to a part without tombstones that has room.
    fn insert_new(&self, key: Value<'_>, v: Value<'_>) {
        if let Err(place) = self.probe(self.hash(live_key(key)), |_| false) {
            self.insert(place, key, v);
        }
    }
}

impl Table {
    #[inline(always)]
    pub(super) fn hash_part(&self) -> Option<&HashPart> {
        // SAFETY: null or the table's own buffer, freed only when the table is assigned to.
        unsafe { self.hash.get().as_ref() }
    }

    /// Whether the hash part has a positive integer, be it as a tombstone.
    #[inline(always)]
    pub(super) fn has_hashed_ints(&self) -> bool {
        self.hashed_ints() > 0
    }

    /// How many positive integers the hash part has, tombstones included.
    #[inline(always)]
    pub(super) fn hashed_ints(&self) -> u32 {
        self.hash_part().map_or(0, |h| h.ints.get())
    }

    pub(super) fn for_each_hashed_int(&self, max: i64, mut f: impl FnMut(i64)) {
        for n in self.hash_part().map_or(&[][..], HashPart::nodes) {
            if let Some(i) = n.key.get().as_int()
                && i <= max
                && !n.value.get().is_nil()
            {
                f(i);
            }
        }
    }

    /// Takes out positive integers up to `max`, and hands over their values.
    pub(super) fn drain_hashed_ints<'g>(&self, max: u32, mut f: impl FnMut(u32, Value<'g>)) {
        let Some(h) = self.hash_part() else { return };
        for n in h.nodes() {
            if let Some(i) = n.key.get().as_int()
                && (1..=max as i64).contains(&i)
            {
                f(i as u32, h.move_out(n));
            }
        }
    }

    /// Frees the hash part if nothing is left in it: without one, appending to the array takes no look at it.
    pub(super) fn drop_empty_hash(&self, heap: &Heap) {
        let is_empty = |h: &HashPart| h.nodes().iter().all(|n| n.value.get().is_nil());
        if self.hash_part().is_some_and(is_empty) {
            self.replace_hash(heap, std::ptr::null_mut());
        }
    }

    fn replace_hash(&self, heap: &Heap, new: *mut HashPart) {
        let old = self.hash.replace(new);
        // SAFETY: null or the table's own buffer.
        if let Some(h) = unsafe { old.as_ref() } {
            let bytes = HashPart::bytes(h.mask + 1);
            heap.free_buffer(old as *mut u8, bytes);
        }
        heap.barrier(&self.header);
    }
}

impl<'g> Gc<'g, Table> {
    /// The value of a key that belongs to the hash part.
    #[inline]
    pub(super) fn get_hashed(self, key: HashKey<'g>) -> Value<'g> {
        let Some(h) = self.hash_part() else { return Value::NIL };
        h.find(key).map_or(Value::NIL, |i| h.node(i).value.get())
    }

    /// The value of an integer key that isn't in the array.
    #[inline]
    pub(super) fn get_int_hashed(self, i: i64) -> Value<'g> {
        if self.hash.get().is_null() { Value::NIL } else { self.get_hashed(HashKey::of_int(i)) }
    }

    /// Sets the value of an integer key that isn't in the array to nil.
    pub(super) fn clear_hashed_int(self, i: i64) {
        if let Some(h) = self.hash_part()
            && let Ok(at) = h.find(HashKey::of_int(i))
        {
            h.node(at).value.set(Value::NIL);
        }
    }

    /// Takes out an integer key that becomes an element of the array; its value, if it has one.
    pub(super) fn take_hashed_int(self, i: i64) -> Option<Value<'g>> {
        let h = self.hash_part()?;
        let v = h.move_out(h.node(h.find(HashKey::of_int(i)).ok()?));
        (!v.is_nil()).then_some(v)
    }

    /// Assigns to a key that belongs to the hash part; `key` is the same as `value`.
    pub(super) fn set_hashed(
        self,
        cx: TableCx<'g>,
        key: HashKey<'g>,
        value: Value<'g>,
        v: Value<'g>,
    ) -> Result<(), KeyError> {
        if let Some(h) = self.hash_part() {
            let place = match h.find(key) {
                Ok(at) => {
                    h.node(at).value.set(v);
                    self.barrier(cx.heap, v);
                    return Ok(());
                }
                Err(place) => place,
            };
            if v.is_nil() {
                return Ok(());
            }
            if h.insert(place, value, v) {
                self.barrier(cx.heap, value);
                self.barrier(cx.heap, v);
                return Ok(());
            }
        } else if v.is_nil() {
            return Ok(());
        }
        self.insert_growing(cx, value, v)
    }

    #[cold]
    fn insert_growing(
        self,
        cx: TableCx<'g>,
        value: Value<'g>,
        v: Value<'g>,
    ) -> Result<(), KeyError> {
        let extra = value.as_int().filter(|i| *i > 0);
        if (extra.is_some() || self.has_hashed_ints())
            && self.absorb_hashed_ints(cx, extra.unwrap_or(0), v)
        {
            // What remains in the hash part is made up for when it is next full.
            return Ok(());
        }
        if extra.is_some_and(|i| i == self.len_border() + 1) {
            // The array was extended up to here.
            return self.set_int(cx, self.len_border() + 1, v);
        }
        self.reserve_hashed(cx, 1)?;
        if let Some(h) = self.hash_part() {
            h.insert_new(value, v);
        }
        // The barrier was part of getting a new buffer.
        Ok(())
    }

    /// Rebuilds the hash part without tombstones and with room for `more` keys.
    pub(super) fn reserve_hashed(self, cx: TableCx<'g>, more: usize) -> Result<(), KeyError> {
        let old = self.hash_part().map_or(&[][..], HashPart::nodes);
        let live = old.iter().filter(|n| !n.value.get().is_nil()).count();
        // At most half full, so that the next rebuilding is some way off.
        let nodes = match live + more {
            n if n < MIN_NODES as usize => MIN_NODES as usize,
            n => (n * 2).next_power_of_two(),
        };
        if nodes > MAX_NODES as usize {
            return Err(KeyError::Overflow);
        }
        let p = HashPart::alloc(cx, nodes as u32).ok_or(KeyError::Memory)?;
        // SAFETY: just made.
        let new = unsafe { &*p };
        for n in old {
            let (key, v) = (n.key.get(), n.value.get());
            if !v.is_nil() {
                new.insert_new(key, v);
            }
        }
        self.replace_hash(cx.heap, p);
        Ok(())
    }
}

/// How the key of a live node is compared.
fn live_key<'g>(key: Value<'g>) -> HashKey<'g> {
    match (key.as_int(), key.downcast::<Str>()) {
        (Some(i), _) => HashKey::of_int(i),
        (None, Some(s)) => HashKey::Long(s),
        (None, None) => HashKey::of_object(key),
    }
}
