//! Traversal: array, slots, hash part, each in its own order.
//!
//! A position is a phase and an index. [`Gc::next_at`] goes on from a position, which a loop can keep for itself;
//! [`Gc::next`] finds the position of a key first. Assigning to fields that exist, nil included, moves nothing,
//! so a traversal may do that.

use super::array::index_value;
use super::hash::HashKey;
use super::{Place, Table, place_of};
use crate::object::{Gc, Slot};
use crate::value::Value;

/// The key passed to `next` isn't in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;

/// Positions: the array's begin at 0, the slots' and the hash part's with these bits.
const SLOTS: u64 = 1 << 32;
const HASH: u64 = 2 << 32;

/// How many elements from the first on are nil: four at a time, as there may be many if elements are removed one by one from
/// the front.
#[cold]
#[inline(never)]
fn leading_nils(elements: &[Slot]) -> usize {
    let is_nil = |slot: &Slot| slot.get().is_nil();
    let (fours, _) = elements.as_chunks::<4>();
    let all_nil = |[a, b, c, d]: &&[Slot; 4]| is_nil(a) & is_nil(b) & is_nil(c) & is_nil(d);
    let skipped = 4 * fours.iter().take_while(all_nil).count();
    skipped + elements[skipped..].iter().take_while(|slot| is_nil(slot)).count()
}

impl<'g> Gc<'g, Table> {
    /// The entry at or behind a position, which moves behind it. Traversals begin at 0.
    #[inline]
    pub fn next_at(self, position: &mut u64) -> Option<(Value<'g>, Value<'g>)> {
        let at = *position;
        if at < SLOTS {
            let rest = self.elements().get(at as usize..).unwrap_or_default();
            let nils = if rest.first().is_some_and(|slot| slot.get().is_nil()) {
                leading_nils(rest)
            } else {
                0
            };
            if let Some(slot) = rest.get(nils) {
                let i = at + nils as u64;
                *position = i + 1;
                return Some((index_value(i as u32 + 1), slot.get()));
            }
            *position = SLOTS;
        }
        self.next_beyond_array(position)
    }

    fn next_beyond_array(self, position: &mut u64) -> Option<(Value<'g>, Value<'g>)> {
        if *position < HASH {
            let shape = self.get().shape();
            for i in (*position - SLOTS) as u32..shape.count() {
                let v = self.slot(i).get();
                if !v.is_nil()
                    && let Some(key) = shape.get().key_at(i)
                {
                    *position = SLOTS + i as u64 + 1;
                    shape.keys().visit(i);
                    return Some((Value::object(key), v));
                }
            }
            *position = HASH;
        }
        let hash = self.hash_part()?;
        let nodes = hash.nodes();
        for (i, n) in nodes.iter().enumerate().skip((*position - HASH) as usize) {
            let v = n.value.get();
            if !v.is_nil() {
                *position = HASH + i as u64 + 1;
                hash.visit(i as u32);
                return Some((n.key.get(), v));
            }
        }
        *position = HASH + nodes.len() as u64;
        None
    }

    /// The entry behind the one with this key; the first for nil.
    #[inline]
    pub fn next(self, key: Value<'g>) -> Result<Option<(Value<'g>, Value<'g>)>, InvalidKey> {
        let mut position = self.position_behind(key)?;
        Ok(self.next_at(&mut position))
    }

    fn position_behind(self, key: Value<'g>) -> Result<u64, InvalidKey> {
        let in_hash = |hash_key: HashKey<'g>| {
            let i = self.hash_part()?.position(hash_key, key)?;
            Some(HASH + i as u64 + 1)
        };
        match place_of(key) {
            Place::Nil => Ok(0),
            Place::NaN => Err(InvalidKey),
            Place::Named(s) => {
                let shape = self.get().shape();
                let slot = shape.keys().find_visited(s.as_ptr());
                if slot < shape.count() { Ok(SLOTS + slot as u64 + 1) } else { Err(InvalidKey) }
            }
            Place::Int(i) => {
                let at = (i as u64).wrapping_sub(1);
                if at < self.array_len() as u64 {
                    return Ok(i as u64);
                }
                // An element that was the last may have been cleared since.
                let popped = (at < self.array_cap() as u64).then_some(i as u64);
                in_hash(HashKey::of_int(i)).or(popped).ok_or(InvalidKey)
            }
            Place::Hashed(k) => in_hash(k).ok_or(InvalidKey),
        }
    }
}
