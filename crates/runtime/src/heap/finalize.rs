//! Finalizers (`__gc`), and objects that own memory outside of the heap.
//!
//! **Design.** An object whose metatable has `__gc` when it is set is entered in a list, in that order. When
//! marking ends, the unmarked ones move to a queue, newest first, and are marked ("resurrected") with all they
//! refer to. The queue is a root. The VM takes objects from it at safepoints and calls their finalizers; taken,
//! an object is like any other, and may be given a finalizer again.
//!
//! Objects of types with `HeapObject::OWNS` are in lists of their own, young and old, so that dropping the dead
//! ones looks at no other objects. Dropping is not lazy: it runs when marking ends.
//!
//! **Invariant.** Objects in either list before index `old` are marked (but during a major collection).

use super::chunk::is_marked;
use super::mark::{Marker, drop_object};
use super::{Heap, POLL_FINALIZER};
use crate::object::{Header, flag};
use crate::value::Value;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Objects with finalizers.
#[derive(Default)]
pub(super) struct Finalizers {
    /// Value bits of objects that haven't been found dead, oldest first.
    list: RefCell<Vec<u64>>,
    old: Cell<usize>,
    /// Value bits of objects whose finalizer must run.
    due: RefCell<VecDeque<u64>>,
    /// The state is closing: no more finalizers are taken on.
    closing: Cell<bool>,
}

impl Finalizers {
    pub(super) fn trace_due(&self, m: &mut Marker<'_>) {
        for &bits in self.due.borrow().iter() {
            m.value(Value::from_bits(bits));
        }
    }

    /// Moves unmarked objects to the queue and marks them.
    pub(super) fn separate(&self, m: &mut Marker<'_>, major: bool) {
        let mut list = self.list.borrow_mut();
        let from = if major { 0 } else { self.old.get() };
        let mut due = self.due.borrow_mut();
        let dead = |bits: &u64| {
            // SAFETY: objects in the list are cells of this heap.
            !unsafe { is_marked(Value::from_bits(*bits).payload() as usize) }
        };
        let first = due.len();
        due.extend(list[from..].iter().rev().filter(|bits| dead(bits)));
        if due.len() > first {
            let mut kept = from;
            for i in from..list.len() {
                if !dead(&list[i]) {
                    list[kept] = list[i];
                    kept += 1;
                }
            }
            list.truncate(kept);
        }
        for &bits in due.range(first..) {
            m.value(Value::from_bits(bits));
        }
        self.old.set(list.len());
    }
}

impl Heap {
    /// Notes that an object's metatable has `__gc`, for the first time or since the object was finalized.
    pub fn add_finalizer(&self, object: Value<'_>) {
        if let Some(header) = object.as_header()
            && !header.has(flag::FINALIZER)
            && !self.finalizers.closing.get()
        {
            header.set_flag(flag::FINALIZER, true);
            self.finalizers.list.borrow_mut().push(object.bits());
        }
    }

    /// Takes an object whose finalizer must run now.
    pub fn next_finalizable(&self) -> Option<Value<'_>> {
        let mut due = self.finalizers.due.borrow_mut();
        let v = Value::from_bits(due.pop_front()?);
        if due.is_empty() {
            self.clear_poll(POLL_FINALIZER);
        }
        if let Some(header) = v.as_header() {
            header.set_flag(flag::FINALIZER, false);
        }
        Some(v)
    }

    /// Whether a finalizer must run.
    pub fn has_finalizable(&self) -> bool {
        !self.finalizers.due.borrow().is_empty()
    }

    /// The state is closing: all finalizers must run, those of the newest objects first. Objects that get one while
    /// this goes on are ignored; else it might never end.
    pub fn all_finalizable_at_close(&self) {
        self.finalizers.closing.set(true);
        let mut list = self.finalizers.list.borrow_mut();
        self.finalizers.due.borrow_mut().extend(list.drain(..).rev());
        self.finalizers.old.set(0);
    }
}

/// Objects whose `drop` must run.
#[derive(Default)]
pub(super) struct Owned {
    list: RefCell<Vec<*mut Header>>,
    old: Cell<usize>,
}

impl Owned {
    pub(super) fn add(&self, o: *mut Header) {
        self.list.borrow_mut().push(o);
    }

    /// Drops the unmarked objects.
    pub(super) fn sweep(&self, major: bool) {
        // Dropping runs code of the embedder's: should it unwind, the list is lost rather than dropped twice.
        let mut list = self.list.take();
        let from = if major { 0 } else { self.old.get() };
        let mut kept = from;
        for i in from..list.len() {
            let o = list[i];
            // SAFETY: objects in the list are cells of this heap. Those unmarked at the end of marking are
            // unreachable, and leave the list.
            unsafe {
                if is_marked(o as usize) {
                    list[kept] = o;
                    kept += 1;
                } else {
                    drop_object(o);
                }
            }
        }
        list.truncate(kept);
        self.old.set(kept);
        self.list.replace(list);
    }

    /// Drops all of them.
    ///
    /// # Safety
    /// No object of the heap is used again.
    pub(super) unsafe fn drop_all(&self) {
        for o in self.list.take() {
            // SAFETY: the caller's promise; they are dropped once, being in the list no more.
            unsafe { drop_object(o) };
        }
    }
}
