//! The length of a table, as `#` says.
//!
//! Any border will do for the manual, but programs rely on what the reference implementation says of lists with holes. So
//! where to look for a border, and in which order, is as there: first around a *hint*, where a border was found last (half
//! the capacity if there was no search since the last rehash), then by bisection; and in the hash part only if the array's
//! last element is there.
//!
//! A dense array has one border, found without a search. That it was asked for is noted, and if such an array
//! gets a hole, its length is the hint then. This isn't the hint that the reference implementation would have if elements have
//! come or gone since. It would take a word in each array to know, and matters only if it were more than a few elements away.

use super::array::ArrayKind;
use super::{Table, mark};
use crate::object::Gc;

/// How far around the hint borders are looked for one element after the other.
const NEAR: u32 = 4;

impl Table {
    /// Where to look for a border first once the array isn't dense any more.
    pub(super) fn hint_of_dense(&self) -> u32 {
        let marks = self.marks.get();
        if marks & mark::LENGTH_ASKED != 0 {
            self.array_len.get()
        } else if marks & mark::ROUNDED_UP != 0 {
            self.array_len.get().next_power_of_two() / 2
        } else {
            self.array_cap.get() / 2
        }
    }

    #[inline(always)]
    fn note_length_asked(&self) {
        self.marks.set(self.marks.get() | mark::LENGTH_ASKED);
    }

    /// To be called whenever there is a rehash.
    pub(super) fn reset_hint(&self) {
        self.marks.set(self.marks.get() & !(mark::LENGTH_ASKED | mark::ROUNDED_UP));
        if self.array_kind.get() == ArrayKind::Holey {
            self.array_cap.set(self.array_len.get() / 2);
        }
    }

    /// A border within an array that may have holes; `None` if its last element is there.
    fn border_among_holes(&self) -> Option<u32> {
        let elements = self.elements();
        let last = self.array_len.get();
        let is_there = |i: u32| {
            #[cfg(test)]
            super::rehash::work::add(1);
            !elements[i as usize - 1].get().is_nil()
        };
        let hint = self.array_cap.get().max(1);
        let border = if is_there(hint) {
            let near = last.min(hint + NEAR);
            match (hint + 1..=near).find(|i| !is_there(*i)) {
                Some(absent) => absent - 1,
                None if is_there(last) => {
                    self.array_cap.set(last);
                    return None;
                }
                None => bisect(near.into(), last.into(), |i| is_there(i as u32)) as u32,
            }
        } else {
            let near = hint.saturating_sub(NEAR).max(1);
            match (near..hint).rev().find(|i| is_there(*i)) {
                Some(present) => present,
                None => bisect(0, near.into(), |i| is_there(i as u32)) as u32,
            }
        };
        self.array_cap.set(border);
        Some(border)
    }
}

/// A border between `present` (or 0) and `absent`.
fn bisect(mut present: i64, mut absent: i64, is_there: impl Fn(i64) -> bool) -> i64 {
    while absent - present > 1 {
        let middle = present + (absent - present) / 2;
        if is_there(middle) {
            present = middle;
        } else {
            absent = middle;
        }
    }
    present
}

impl<'g> Gc<'g, Table> {
    /// A border: the table has it (unless it is 0), but not its successor.
    #[inline(always)]
    pub fn len_border(self) -> i64 {
        if self.array_kind.get() != ArrayKind::Holey && self.hash.get().is_null() {
            self.note_length_asked();
            return self.array_len.get() as i64;
        }
        self.len_border_slow()
    }

    #[inline(never)]
    fn len_border_slow(self) -> i64 {
        let len = self.array_len.get() as i64;
        if self.array_kind.get() == ArrayKind::Holey {
            if let Some(border) = self.border_among_holes() {
                return border.into();
            }
        } else {
            self.note_length_asked();
            if len < self.array_cap.get() as i64 {
                return len;
            }
        }
        if self.has_hashed_ints() { self.border_behind(len) } else { len }
    }

    /// A border from the last element of a full array on. Looks right behind the first number of the hash part before it
    /// looks further away, as the reference implementation does in one of the cases among which it chooses at random. How far
    /// away isn't to be known beforehand, or a few keys would make a list look endless: it depends on where the table is.
    fn border_behind(self, len: i64) -> i64 {
        let is_there = |i: i64| !self.get_int_hashed(i).is_nil();
        if !is_there(len + 1) {
            return len;
        }
        let (mut present, mut absent) = (len + 1, len + 2);
        let mut random = (self.as_ptr() as u64 >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 1;
        while is_there(absent) {
            present = absent;
            let bit = (random & 1) as i64;
            random >>= 1;
            absent = match absent.checked_mul(2).and_then(|twice| twice.checked_add(bit)) {
                Some(further) => further,
                None if is_there(i64::MAX) => return i64::MAX,
                None => i64::MAX,
            };
        }
        bisect(present, absent, is_there)
    }
}
