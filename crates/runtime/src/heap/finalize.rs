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

use super::account::{Account, Charge};
use super::chunk::is_marked;
use super::list::List;
use super::mark::{Marker, drop_object};
use super::{Heap, POLL_FINALIZER};
use crate::object::{Header, flag};
use crate::value::Value;
use std::cell::{Cell, RefCell};
use std::ptr::with_exposed_provenance_mut;
use std::rc::Rc;

/// Objects with finalizers.
pub(super) struct Finalizers {
    /// Value bits of objects that haven't been found dead, oldest first.
    list: RefCell<List>,
    old: Cell<usize>,
    /// Value bits of objects whose finalizer must run, those from `next` on, in that order.
    due: RefCell<List>,
    next: Cell<usize>,
    /// The state is closing: no more finalizers are taken on.
    closing: Cell<bool>,
}

/// Marks the objects in a list from number `from` on. Some at a time, or the stack of marking would be as long.
fn mark_all(m: &mut Marker<'_>, list: &List, from: usize) {
    for i in from..list.len() {
        m.value(Value::from_bits(list.get(i)));
        if i % AT_ONCE == 0 {
            m.drain();
        }
    }
}

/// How many objects are marked before what they refer to is.
const AT_ONCE: usize = 4096;

impl Finalizers {
    pub(super) fn new(account: &Rc<Account>) -> Finalizers {
        Finalizers {
            list: RefCell::new(List::new(Charge::new(account))),
            old: Cell::new(0),
            due: RefCell::new(List::new(Charge::new(account))),
            next: Cell::new(0),
            closing: Cell::new(false),
        }
    }

    pub(super) fn trace_due(&self, m: &mut Marker<'_>) {
        let due = self.due.borrow();
        mark_all(m, &due, self.next.get());
    }

    /// Moves unmarked objects to the queue and marks them.
    pub(super) fn separate(&self, m: &mut Marker<'_>, major: bool) {
        let mut list = self.list.borrow_mut();
        let from = if major { 0 } else { self.old.get() };
        let mut due = self.due.borrow_mut();
        let dead = |bits: u64| {
            // SAFETY: objects in the list are cells of this heap.
            !unsafe { is_marked(Value::from_bits(bits).payload() as usize) }
        };
        let first = due.len();
        for i in (from..list.len()).rev().filter(|i| dead(list.get(*i))) {
            due.push(list.get(i));
        }
        if due.len() > first {
            let mut kept = from;
            for i in from..list.len() {
                if !dead(list.get(i)) {
                    list.set(kept, list.get(i));
                    kept += 1;
                }
            }
            list.truncate(kept);
        }
        mark_all(m, &due, first);
        self.old.set(list.len());
    }

    /// Takes the next object from the queue.
    fn take_due(&self) -> Option<u64> {
        let mut due = self.due.borrow_mut();
        let next = self.next.get();
        if next == due.len() {
            return None;
        }
        let bits = due.get(next);
        self.next.set(next + 1);
        if next + 1 == due.len() {
            due.truncate(0);
            self.next.set(0);
        }
        Some(bits)
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    fn has_due(&self) -> bool {
        self.next.get() < self.due.borrow().len()
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
        let v = Value::from_bits(self.finalizers.take_due()?);
        if !self.finalizers.has_due() {
            self.clear_poll(POLL_FINALIZER);
        }
        if let Some(header) = v.as_header() {
            header.set_flag(flag::FINALIZER, false);
        }
        Some(v)
    }

    /// Whether a finalizer must run.
    pub fn has_finalizable(&self) -> bool {
        self.finalizers.has_due()
    }

    /// The state is closing: all finalizers must run, those of the newest objects first. Objects that get one while
    /// this goes on are ignored; else it might never end.
    pub fn all_finalizable_at_close(&self) {
        self.finalizers.closing.set(true);
        let mut list = self.finalizers.list.borrow_mut();
        let mut due = self.finalizers.due.borrow_mut();
        // As one grows the other shrinks: there may be no memory for both.
        for i in (0..list.len()).rev() {
            due.push(list.get(i));
            list.truncate(i);
        }
        self.finalizers.old.set(0);
    }
}

/// Objects whose `drop` must run.
pub(super) struct Owned {
    list: RefCell<List>,
    old: Cell<usize>,
    account: Rc<Account>,
}

impl Owned {
    pub(super) fn new(account: &Rc<Account>) -> Owned {
        Owned {
            list: RefCell::new(List::new(Charge::new(account))),
            old: Cell::new(0),
            account: account.clone(),
        }
    }

    pub(super) fn add(&self, o: *mut Header) {
        self.list.borrow_mut().push(o.expose_provenance() as u64);
    }

    /// Takes the list, leaving an empty one. Dropping runs code of the embedder's: should it unwind, the list is lost
    /// rather than dropped twice.
    fn take(&self) -> List {
        self.list.replace(List::new(Charge::new(&self.account)))
    }

    /// Drops the unmarked objects.
    pub(super) fn sweep(&self, major: bool) {
        let mut list = self.take();
        let from = if major { 0 } else { self.old.get() };
        let mut kept = from;
        for i in from..list.len() {
            let addr = list.get(i) as usize;
            // SAFETY: objects in the list are cells of this heap. Those unmarked at the end of marking are
            // unreachable, and leave the list.
            unsafe {
                if is_marked(addr) {
                    list.set(kept, addr as u64);
                    kept += 1;
                } else {
                    drop_object(with_exposed_provenance_mut(addr));
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
        let list = self.take();
        for i in 0..list.len() {
            // SAFETY: the caller's promise; they are dropped once, being in the list no more.
            unsafe { drop_object(with_exposed_provenance_mut(list.get(i) as usize)) };
        }
    }
}
