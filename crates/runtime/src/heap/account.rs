//! The account of a state: everything it holds, in the heap and beside it.
//!
//! **Problem.** A limit is a promise about the process, so it has to cover what isn't in the heap: prototypes, syntax trees
//! while a chunk is loaded, machine code, the tables of the collector, buffers of library functions.
//!
//! **Design.** Whoever keeps memory beside the heap holds a [`Charge`] for it, which is given back when it is dropped. A
//! charge spends the collector's budget like an allocation, so that garbage which holds much outside is collected in
//! time. `collectgarbage("count")` is about the heap alone; the limit, the pace of the collector and
//! [`super::Heap::used_memory`] are about all.
//!
//! Memory in the heap that no object uses counts too as far as it is resident ([`super::Heap::resident`]).

use super::POLL_GC;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// So much beside the heap is charged before the host is asked whether it has more.
const UNPROBED_MAX: usize = 1 << 20;

/// The part of the account that charges refer to.
pub(super) struct Account {
    pub(super) poll: Arc<AtomicU8>,
    /// Bytes that may still be handed out before [`POLL_GC`] is set.
    pub(super) budget: Cell<usize>,
    /// Bytes beside the heap.
    pub(super) beside: Cell<usize>,
    /// Bytes charged since the host was last asked for more.
    unprobed: Cell<usize>,
}

impl Account {
    pub(super) fn new(poll: Arc<AtomicU8>) -> Account {
        Account { poll, budget: Cell::new(0), beside: Cell::new(0), unprobed: Cell::new(0) }
    }

    /// Spends the budget.
    pub(super) fn spend(&self, bytes: usize) {
        let left = self.budget.get().saturating_sub(bytes);
        self.budget.set(left);
        if left == 0 {
            self.poll.fetch_or(POLL_GC, Ordering::Relaxed);
        }
    }

    fn add(&self, bytes: usize) {
        self.beside.set(self.beside.get() + bytes);
        let unprobed = self.unprobed.get().saturating_add(bytes);
        self.unprobed.set(unprobed);
        if unprobed > UNPROBED_MAX {
            self.budget.set(0);
        }
        self.spend(bytes);
    }

    fn give_back(&self, bytes: usize) {
        self.beside.set(self.beside.get() - bytes);
    }

    /// Whether the host should be asked again whether it has more.
    pub(super) fn is_probe_due(&self) -> bool {
        let due = self.unprobed.get() > UNPROBED_MAX;
        if due {
            self.unprobed.set(0);
        }
        due
    }
}

/// Memory beside the heap that somebody holds.
pub struct Charge {
    account: Rc<Account>,
    bytes: usize,
}

impl Charge {
    pub(super) fn new(account: &Rc<Account>) -> Charge {
        Charge { account: account.clone(), bytes: 0 }
    }

    /// Makes it so many bytes.
    pub fn set(&mut self, bytes: usize) {
        if bytes > self.bytes {
            self.account.add(bytes - self.bytes);
        } else {
            self.account.give_back(self.bytes - bytes);
        }
        self.bytes = bytes;
    }

    /// Makes it so many bytes more.
    pub fn add(&mut self, bytes: usize) {
        self.set(self.bytes + bytes);
    }

    /// How many bytes it is.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.give_back(self.bytes);
    }
}
