//! Stopping programs: Ctrl-C and `--timeout`.
//!
//! They come from a signal handler and from another thread, which ask the interpreter to stop at the next opportunity with an
//! error that the program can't catch. The time runs until the state is closed, finalizers included. Once a program has been
//! stopped, closing the state has until [`CLOSING`] after that, or [`LEAST_CLOSING`] if `__close` handlers have used up the time.
//!
//! There may be no opportunity, in a system call that never ends, say; so a second Ctrl-C soon after the first,
//! or a program that is still there some time after its limit, ends the process. What is said then is said by a thread
//! of its own, as whoever should read it may not.
//!
//! A process whose program was stopped ends with status 1, as if by an error; a second Ctrl-C gives [`INTERRUPTED`].

use crate::PROGRAM;
use perilune::{Error, Interrupt, InterruptHandle, Lua, Result};
use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How soon a second Ctrl-C must come.
const IMPATIENCE: Duration = Duration::from_secs(1);
/// The time a program has to end when its time is over.
const GRACE: Duration = Duration::from_secs(1);
/// When the state of a stopped program should be closed, from when it was asked to stop.
const CLOSING: Duration = Duration::from_millis(80);
/// The time for that in any case.
const LEAST_CLOSING: Duration = Duration::from_millis(20);
/// How long it may take to write a last message.
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(100);
/// The exit status of shells for what Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// Stops a state's programs.
pub(crate) struct Stopper {
    handle: InterruptHandle,
}

/// While it lives, time is running. By default, there is no end to it.
#[derive(Default)]
pub(crate) struct Clock {
    /// Its end is what the watching thread waits for.
    _running: Option<Sender<()>>,
}

impl Stopper {
    /// Has Ctrl-C stop what runs in the state.
    pub(crate) fn new(lua: &Lua) -> Stopper {
        let handle = lua.interrupt_handle();
        // If there can't be a handler, Ctrl-C just ends the process.
        #[cfg(unix)]
        let _ = handle.on_ctrl_c(IMPATIENCE, INTERRUPTED);
        #[cfg(not(unix))]
        on_ctrl_c(handle.clone());
        Stopper { handle }
    }

    /// Gives what runs from now on so much time.
    pub(crate) fn clock(&self, limit: Option<Duration>) -> Result<Clock> {
        let Some(limit) = limit else {
            return Ok(Clock::default());
        };
        let (running, ended) = channel::<()>();
        let handle = self.handle.clone();
        let watch = move || {
            if ended.recv_timeout(limit) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            handle.interrupt(Interrupt::Timeout);
            if ended.recv_timeout(GRACE) == Err(RecvTimeoutError::Timeout) {
                last_words(format!("{PROGRAM}: time limit exceeded\n").into_bytes());
                std::process::exit(1);
            }
        };
        std::thread::Builder::new().spawn(watch).map_err(Error::external)?;
        Ok(Clock { _running: Some(running) })
    }

    /// The time for closing the state of a program that has been stopped.
    pub(crate) fn clock_for_closing(&self) -> Result<Clock> {
        let used = self.handle.since_asked().unwrap_or_default();
        self.clock(Some(CLOSING.saturating_sub(used).max(LEAST_CLOSING)))
    }
}

/// Has Ctrl-C interrupt the program, by the thread for it that the system starts.
#[cfg(not(unix))]
fn on_ctrl_c(interrupt: InterruptHandle) {
    let mut last: Option<std::time::Instant> = None;
    let _ = ctrlc::set_handler(move || {
        let now = std::time::Instant::now();
        if last.replace(now).is_some_and(|l| now.duration_since(l) < IMPATIENCE) {
            std::process::exit(INTERRUPTED);
        }
        interrupt.interrupt(Interrupt::Break);
    });
}

/// Writes to standard error, but doesn't wait for long if nobody reads it.
pub(crate) fn last_words(text: Vec<u8>) {
    let (done, written) = channel::<()>();
    let write = move || {
        // If this can't be written, neither can a complaint.
        let _ = std::io::stderr().write_all(&text);
        drop(done);
    };
    if std::thread::Builder::new().spawn(write).is_ok() {
        let _ = written.recv_timeout(LAST_WORDS);
    }
}
