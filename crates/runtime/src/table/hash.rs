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
//! Hashes multiply to 128 bits and fold, with the state's seed: neither regular nor hostile keys cluster. The last five
//! bits don't take part in this but are added at the end, so that integers in order are found without a cache miss for each.

use super::array::{go_on, in_pieces};
use super::rehash::index_of;
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
    /// How many fields and used nodes there may be together before integer keys make for a rehash: see `rehash`.
    limit: u32,
}

/// A key and its value.
#[repr(C)]
pub(super) struct Node {
    pub(super) key: Slot,
    pub(super) value: Slot,
}

const MIN_NODES: u32 = 4;

/// Nodes dealt with between two questions whether to stop. Each may be far from the last.
const AT_ONCE: usize = 1 << 12;

/// Has `f` deal with nodes, in order.
///
/// # Errors
/// [`KeyError::Memory`], if the program is to stop; not if there are few.
#[inline]
pub(super) fn each_node(
    heap: &Heap,
    nodes: &[Node],
    mut f: impl FnMut(&Node),
) -> Result<(), KeyError> {
    for (k, piece) in nodes.chunks(AT_ONCE).enumerate() {
        if k > 0 {
            go_on(heap)?;
        }
        piece.iter().for_each(&mut f);
    }
    Ok(())
}

pub(super) const MAX_NODES: u32 = 1 << 30;

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

/// Integers that follow one another, 32 at a time, are near each other.
#[inline(always)]
fn fold(word: u64, seed: u64) -> u32 {
    fold_all(word >> 5, seed) ^ (word & 31) as u32
}

#[inline(always)]
fn fold_all(word: u64, seed: u64) -> u32 {
    let m = (word ^ seed) as u128 * 0x9e37_79b9_7f4a_7c15;
    ((m >> 64) as u64 ^ m as u64) as u32
}

impl Node {
    /// Whether it has an entry.
    #[inline(always)]
    pub(super) fn is_live(&self) -> bool {
        !self.value.get().is_nil()
    }

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
    /// An empty part, if there is memory for it; the number of nodes is a power of two.
    pub(super) fn alloc(
        cx: TableCx<'_>,
        nodes: u32,
        limit: u32,
    ) -> Result<*mut HashPart, KeyError> {
        let buffer = cx.heap.try_buffer(HashPart::bytes(nodes));
        let p = buffer.ok_or(KeyError::Memory)? as *mut HashPart;
        let header = HashPart {
            seed: cx.strings.seed(),
            mask: nodes - 1,
            used: Cell::new(0),
            ints: Cell::new(0),
            visited: Cell::new(0),
            limit,
        };
        // SAFETY: the buffer is large enough for the header and that many nodes.
        let first = unsafe {
            p.write(header);
            p.add(1) as *mut Node
        };
        let filled = in_pieces(cx.heap, 0..nodes, |piece| {
            for i in piece {
                let node = Node { key: Slot::new(Value::EMPTY), value: Slot::new(Value::NIL) };
                // SAFETY: as above.
                unsafe { first.add(i as usize).write(node) };
            }
        });
        if let Err(e) = filled {
            cx.heap.free_buffer(p as *mut u8, HashPart::bytes(nodes));
            return Err(e);
        }
        Ok(p)
    }

    /// Frees a part that no table has got, because there was no memory for something else, or the program is to stop.
    pub(super) fn discard(&self, heap: &Heap) {
        let bytes = HashPart::bytes(self.mask + 1);
        heap.free_buffer(std::ptr::from_ref(self) as *mut u8, bytes);
        if heap.refused() > 0 {
            // Both are needed at once.
            heap.note_refused(heap.refused() + bytes);
        }
    }

    fn bytes(nodes: u32) -> usize {
        size_of::<HashPart>() + nodes as usize * size_of::<Node>()
    }

    /// How many nodes it takes to have room for so many keys.
    pub(super) fn nodes_for(keys: u32) -> u32 {
        (keys + keys.div_ceil(3)).max(MIN_NODES).next_power_of_two()
    }

    /// How many nodes have a key, tombstones included.
    pub(super) fn used(&self) -> u32 {
        self.used.get()
    }

    pub(super) fn limit(&self) -> u32 {
        self.limit
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
    pub(super) fn insert_new(&self, key: Value<'_>, v: Value<'_>) {
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
        self.hash_part().is_some_and(|h| h.ints.get() > 0)
    }

    /// Whether a key that is to be added has to wait for a rehash.
    #[inline(always)]
    fn must_rehash(&self, key: Value<'_>) -> bool {
        (!self.array.get().is_null() || self.has_hashed_ints() || index_of(key).is_some())
            && self.is_crowded()
    }

    pub(super) fn replace_hash(&self, heap: &Heap, new: *mut HashPart) {
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
            if !self.must_rehash(value) && h.insert(place, value, v) {
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
        if self.must_rehash(value) {
            return self.rehash(cx, value, v);
        }
        self.reserve_hashed(cx, 1)?;
        if let Some(h) = self.hash_part() {
            h.insert_new(value, v);
        }
        // The barrier was part of getting a new buffer.
        Ok(())
    }

    /// Rebuilds the hash part without tombstones and with room for `more` keys.
    fn reserve_hashed(self, cx: TableCx<'g>, more: usize) -> Result<(), KeyError> {
        let old = self.hash_part().map_or(&[][..], HashPart::nodes);
        let mut live = 0;
        each_node(cx.heap, old, |n| live += usize::from(n.is_live()))?;
        // At most half full, so that the next rebuilding is some way off.
        let nodes = match live + more {
            n if n < MIN_NODES as usize => MIN_NODES as usize,
            n => (n * 2).next_power_of_two(),
        };
        if nodes > MAX_NODES as usize {
            return Err(KeyError::Overflow);
        }
        let limit = self.hash_part().map_or(0, HashPart::limit).max(self.limit_for(live + more));
        let p = HashPart::alloc(cx, nodes as u32, limit)?;
        // SAFETY: just made.
        let new = unsafe { &*p };
        let filled = each_node(cx.heap, old, |n| {
            if n.is_live() {
                new.insert_new(n.key.get(), n.value.get());
            }
        });
        filled.inspect_err(|_| new.discard(cx.heap))?;
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
