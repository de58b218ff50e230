//! Interrupts: stopping a program from outside.
//!
//! **Problem.** A signal handler or another thread must be able to stop Lua code wherever it is: in a loop, in a
//! recursion, in a pattern match that goes on for hours. The program must not be able to prevent it.
//!
//! **Design.** An [`InterruptHandle`] shares the heap's poll byte, which every back-edge and function entry looks at
//! anyway, and library loops do. The safepoint then throws [`Fault::Kill`], which no `pcall`, coroutine or message
//! handler of the program sees. Its error value is the message with a traceback of the place.
//!
//! **Rejected.** An error like any other: `while true do pcall(f) end` would go on.

use crate::cx::{Cx, Fault};
use crate::heap::POLL_INTERRUPT;
use crate::value::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Why a program is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Interrupt {
    /// Somebody asked for it, by Ctrl-C for example: "interrupted!"
    Break = 1,
    /// Its time is up: "time limit exceeded".
    Timeout = 2,
}

impl Interrupt {
    const fn message(self) -> &'static str {
        match self {
            Interrupt::Break => "interrupted!",
            Interrupt::Timeout => "time limit exceeded",
        }
    }
}

/// Stops the Lua code of a state, from any thread or from a signal handler.
#[derive(Clone)]
pub struct InterruptHandle {
    poll: Arc<AtomicU8>,
    reason: Arc<AtomicU8>,
}

impl InterruptHandle {
    /// A handle that nothing has been asked of, for a heap with this poll byte.
    pub(crate) fn new(poll: Arc<AtomicU8>) -> InterruptHandle {
        InterruptHandle { poll, reason: Arc::new(AtomicU8::new(0)) }
    }

    /// Asks the running Lua code, or that which runs next, to stop. Does nothing but store two bytes, so it may be
    /// called in a signal handler.
    pub fn interrupt(&self, why: Interrupt) {
        self.reason.store(why as u8, Ordering::Relaxed);
        self.poll.fetch_or(POLL_INTERRUPT, Ordering::Release);
    }

    /// What was asked for last.
    fn reason(&self) -> Option<Interrupt> {
        match self.reason.load(Ordering::Relaxed) {
            1 => Some(Interrupt::Break),
            2 => Some(Interrupt::Timeout),
            _ => None,
        }
    }
}

impl Cx {
    /// A handle by which this state's programs can be stopped.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.interrupt.clone()
    }

    /// Whether somebody wants the program to stop; for loops that can't reach a safepoint at once.
    #[inline]
    pub(crate) fn interrupt_requested(&self) -> bool {
        self.heap.poll_bits() & POLL_INTERRUPT != 0
    }

    /// Deals with an interrupt, if there is one.
    ///
    /// # Errors
    /// [`Fault::Kill`].
    pub(crate) fn check_interrupt(&self) -> Result<(), Fault> {
        if !self.interrupt_requested() {
            return Ok(());
        }
        self.heap.clear_poll(POLL_INTERRUPT);
        let Some(why) = self.interrupt.reason() else { return Ok(()) };
        let mut message = self.position_prefix(0);
        message.extend_from_slice(why.message().as_bytes());
        let text = self.traceback(self.thread(), Some(&message), 0);
        self.error.set(Value::object(self.string(&text)));
        Err(Fault::Kill)
    }

    /// A finalizer was killed: whatever runs now is to be.
    pub(crate) fn kill_again(&self) {
        self.heap.request_poll(POLL_INTERRUPT);
    }
}
