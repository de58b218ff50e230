//! Lists of objects that don't keep them alive.
//!
//! **Problem.** The context looks at all objects of a kind now and then, without having a say in how long they live.
//!
//! **Design.** A list of addresses in the order in which the objects were made. When marking has ended, the dead are dropped
//! before they are swept; of those that were there at the collection before, none dies in a minor one, so those aren't
//! looked at.
//!
//! **Invariant.** Every object in the list is alive, or marking has ended and [`WeakList::drop_dead`] is yet to be called.

use super::account::Charge;
use super::list::List;
use std::marker::PhantomData;
use std::ptr::with_exposed_provenance;

/// A list of objects of a type.
pub(crate) struct WeakList<T> {
    list: List,
    /// How many of them were there at the last collection.
    old: usize,
    objects: PhantomData<*const T>,
}

impl<T> WeakList<T> {
    pub(crate) fn new(charge: Charge) -> WeakList<T> {
        WeakList { list: List::new(charge), old: 0, objects: PhantomData }
    }

    /// Appends an object just made.
    pub(crate) fn push(&mut self, object: *const T) {
        self.list.push(object.expose_provenance() as u64);
    }

    /// The objects.
    pub(crate) fn iter(&self) -> impl Iterator<Item = *const T> {
        (0..self.list.len()).map(|i| with_exposed_provenance(self.list.get(i) as usize))
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.list.truncate(0);
        self.old = 0;
    }

    /// Drops the dead, at the end of a major or a minor collection's marking.
    pub(crate) fn drop_dead(&mut self, is_dead: &dyn Fn(*const u8) -> bool, major: bool) {
        let first = if major { 0 } else { self.old };
        let mut kept = first;
        for i in first..self.list.len() {
            if !is_dead(with_exposed_provenance(self.list.get(i) as usize)) {
                self.list.set(kept, self.list.get(i));
                kept += 1;
            }
        }
        self.list.truncate(kept);
        self.old = kept;
    }
}
