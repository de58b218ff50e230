//! Interrupts: stopping a program from outside.
//!
//! **Problem.** A signal handler or another thread must be able to stop Lua code wherever it is: in a loop, in a
//! recursion, in a pattern match that goes on for hours, waiting for input, in a finalizer while the state is closed. The
//! program must not be able to prevent it.
//!
//! **Design.** An [`InterruptHandle`] shares the heap's poll byte, which every back-edge and function entry looks at
//! anyway. Library functions whose time grows with their data ask [`Cx::check_interrupt`] between pieces of it (`pieces`),
//! and what waits for the system waits in slices (`stdlib/io/wait`). Whoever finds the request throws [`Fault::Kill`], which
//! no `pcall`, coroutine or message handler of the program sees. Its error value is the message with a traceback of
//! the place.
//!
//! A kill is *in force* from there until the outermost call from Rust has ended, and until then the poll byte stays as it
//! is: who swallows the fault on the way, as a Rust function might, meets it again at the next safepoint. `__close`
//! handlers that are pending run, in the order in which they would, but the time for all of them together is
//! limited by [`tuning::CLOSE_GRACE`]: while they run, being *in grace*, the safepoints look at the clock. What is left after that, or
//! after a second interrupt, is skipped. While a state is closed, a kill ends the finalizer or handler that runs, and the
//! finalizers behind it aren't called.
//!
//! Ctrl-C asks by a signal handler ([`InterruptHandle::on_ctrl_c`]), which does what anybody else does.
//!
//! **Rejected.** A thread that waits for Ctrl-C: starting it takes longer than all else a short program does. An error like any other: `while true do pcall(f) end` would go on. A timer that ends the grace: there would
//! have to be a thread.

use crate::cx::{Cx, Fault};
use crate::heap::POLL_INTERRUPT;
use crate::tuning;
use crate::value::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

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
    /// When it was made, and milliseconds from then to when it was last asked, plus one; 0 if it wasn't.
    made: Instant,
    asked: Arc<AtomicU64>,
}

impl InterruptHandle {
    /// A handle that nothing has been asked of, for a heap with this poll byte.
    pub(crate) fn new(poll: Arc<AtomicU8>) -> InterruptHandle {
        InterruptHandle {
            poll,
            reason: Arc::default(),
            made: Instant::now(),
            asked: Arc::default(),
        }
    }

    /// Asks the running Lua code, or that which runs next, to stop. Does nothing but read the clock and store
    /// some words, so it may be called in a signal handler.
    pub fn interrupt(&self, why: Interrupt) {
        self.asked.store(self.now(), Ordering::SeqCst);
        self.reason.store(why as u8, Ordering::SeqCst);
        self.poll.fetch_or(POLL_INTERRUPT, Ordering::SeqCst);
    }

    /// Has Ctrl-C ask for it from now on, instead of ending the process; of the handles of a process, the one for which this
    /// was called last is asked. Whoever presses it again within the time given ends the process with this status, as
    /// the program may have no opportunity to stop.
    ///
    /// # Errors
    /// The system refuses.
    #[cfg(unix)]
    pub fn on_ctrl_c(&self, impatience: Duration, status: i32) -> std::io::Result<()> {
        ctrl_c::install(self.clone(), impatience, status)
    }

    /// Milliseconds since it was made, plus one.
    fn now(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_millis()).map_or(u64::MAX, |ms| ms.saturating_add(1))
    }

    /// How long ago it was last asked.
    pub fn since_asked(&self) -> Option<Duration> {
        match self.asked.load(Ordering::SeqCst) {
            0 => None,
            asked => Some(Duration::from_millis(self.now().saturating_sub(asked))),
        }
    }

    /// What has been asked for since this was last called.
    fn take_reason(&self) -> Option<Interrupt> {
        match self.reason.swap(0, Ordering::SeqCst) {
            1 => Some(Interrupt::Break),
            2 => Some(Interrupt::Timeout),
            _ => None,
        }
    }

    fn is_asked(&self) -> bool {
        self.reason.load(Ordering::SeqCst) != 0
    }
}

/// The handler of the signal.
#[cfg(unix)]
mod ctrl_c {
    use super::{AtomicU64, Interrupt, InterruptHandle};
    use std::io::{Error, Result};
    use std::mem::MaybeUninit;
    use std::ptr::null_mut;
    use std::sync::atomic::{AtomicPtr, Ordering};
    use std::time::Duration;

    /// What the handler has to know. It is never changed or freed, as the handler may be looking at it.
    struct Target {
        handle: InterruptHandle,
        impatience: u64,
        status: i32,
        /// Milliseconds of [`InterruptHandle::now`] at the last time; 0 if there was none.
        last: AtomicU64,
    }

    static TARGET: AtomicPtr<Target> = AtomicPtr::new(null_mut());

    pub(super) fn install(
        handle: InterruptHandle,
        impatience: Duration,
        status: i32,
    ) -> Result<()> {
        let impatience = u64::try_from(impatience.as_millis()).unwrap_or(u64::MAX);
        let last = AtomicU64::new(0);
        let target = Box::leak(Box::new(Target { handle, impatience, status, last }));
        TARGET.store(target, Ordering::Release);
        let handler: extern "C" fn(libc::c_int) = on_signal;
        // SAFETY: zero is a valid value of all fields, and those that matter are set: the handler takes the signal's number,
        // and does nothing that a handler may not do.
        let installed = unsafe {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            action.sa_sigaction = handler as libc::sighandler_t;
            action.sa_flags = libc::SA_RESTART;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(libc::SIGINT, &raw const action, null_mut())
        };
        if installed == 0 { Ok(()) } else { Err(Error::last_os_error()) }
    }

    /// Reads the clock, stores a few words, or ends the process at once: that is all a handler may do.
    extern "C" fn on_signal(_: libc::c_int) {
        // SAFETY: null, or what `install` leaked, which is never freed.
        let Some(target) = (unsafe { TARGET.load(Ordering::Acquire).as_ref() }) else { return };
        let now = target.handle.now();
        let last = target.last.swap(now, Ordering::Relaxed);
        if last != 0 && now - last < target.impatience {
            // SAFETY: it takes any number, and may be called in a handler.
            unsafe { libc::_exit(target.status) };
        }
        target.handle.interrupt(Interrupt::Break);
    }
}

/// A kill in force.
#[derive(Clone, Copy)]
pub(crate) struct Kill {
    /// When `__close` handlers must have ended.
    until: Instant,
    /// Whether they are running.
    in_grace: bool,
}

impl Cx {
    /// A handle by which this state's programs can be stopped.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.interrupt.clone()
    }

    /// Deals with an interrupt, if there is one. For loops that can't reach a safepoint soon.
    ///
    /// # Errors
    /// [`Fault::Kill`].
    #[inline]
    pub(crate) fn check_interrupt(&self) -> Result<(), Fault> {
        if self.heap.poll_bits() & POLL_INTERRUPT == 0 { Ok(()) } else { self.interrupted() }
    }

    #[cold]
    #[inline(never)]
    fn interrupted(&self) -> Result<(), Fault> {
        let why = self.interrupt.take_reason();
        match (self.kill.get(), why) {
            (None, None) => {
                self.settle_poll();
                return Ok(());
            }
            (None, Some(why)) => {
                let mut message = self.position_prefix(0);
                message.extend_from_slice(why.message().as_bytes());
                let text = self.traceback(self.thread(), Some(&message), 0);
                return Err(self.throw_kill(&text));
            }
            (Some(kill), why) => {
                let now = Instant::now();
                if kill.in_grace && why.is_none() && now < kill.until {
                    return Ok(());
                }
                let until = if kill.in_grace { now } else { kill.until };
                self.set_kill(Some(Kill { until, in_grace: false }));
            }
        }
        self.error.set(self.kill_text.get());
        Err(Fault::Kill)
    }

    /// Begins a kill with this text as its message, unless one is in force.
    pub fn throw_kill(&self, text: &[u8]) -> Fault {
        if self.kill.get().is_none() {
            let until = Instant::now() + tuning::CLOSE_GRACE;
            self.set_kill(Some(Kill { until, in_grace: false }));
            self.kill_text.set(Value::object(self.string(text)));
            self.heap.request_poll(POLL_INTERRUPT);
        }
        self.error.set(self.kill_text.get());
        Fault::Kill
    }

    fn set_kill(&self, kill: Option<Kill>) {
        self.kill.set(kill);
        self.heap.set_lenient(kill.filter(|kill| kill.in_grace).map(|kill| kill.until));
    }

    /// Whether a kill is in force, be it that `__close` handlers still run.
    pub(crate) fn is_killed(&self) -> bool {
        self.kill.get().is_some()
    }

    /// Lets `__close` handlers run while a kill is in force; false if their time is over.
    pub(crate) fn enter_grace(&self) -> bool {
        let Some(kill) = self.kill.get() else { return false };
        let in_grace = Instant::now() < kill.until;
        self.set_kill(Some(Kill { in_grace, ..kill }));
        in_grace
    }

    /// They have run: nothing else does.
    pub(crate) fn leave_grace(&self) {
        if let Some(kill) = self.kill.get() {
            self.set_kill(Some(Kill { in_grace: false, ..kill }));
        }
        self.error.set(self.kill_text.get());
    }

    /// The outermost call has ended, and with it what was to be killed. What is asked for from now on is about what runs
    /// next.
    #[inline]
    pub(crate) fn end_kill(&self) {
        if self.kill.get().is_some() {
            self.set_kill(None);
            self.was_killed.set(true);
            self.kill_text.set(Value::NIL);
            self.settle_poll();
        }
    }

    /// Takes the poll bit back, unless there is a request.
    fn settle_poll(&self) {
        self.heap.clear_poll(POLL_INTERRUPT);
        if self.interrupt.is_asked() {
            self.heap.request_poll(POLL_INTERRUPT);
        }
    }
}
