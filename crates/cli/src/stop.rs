//! Stopping programs: Ctrl-C and `--timeout`.
//!
//! Both come from another thread, which asks the interpreter to stop at the next opportunity with an error that the
//! program can't catch. The time runs until the state is closed, finalizers included. Once a program has been stopped, closing
//! the state has until [`CLOSING`] after that, or [`LEAST_CLOSING`] if `__close` handlers have used up the time.
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
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

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
    /// When it last stopped one.
    asked: Arc<Mutex<Option<Instant>>>,
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
        let asked = Arc::default();
        let (interrupt, asked_at) = (handle.clone(), Arc::clone(&asked));
        let mut last: Option<Instant> = None;
        // If there can't be a handler, Ctrl-C just ends the process.
        let _ = ctrlc::set_handler(move || {
            let now = Instant::now();
            if last.replace(now).is_some_and(|l| now.duration_since(l) < IMPATIENCE) {
                std::process::exit(INTERRUPTED);
            }
            stop(&interrupt, Interrupt::Break, &asked_at);
        });
        Stopper { handle, asked }
    }

    /// Gives what runs from now on so much time.
    pub(crate) fn clock(&self, limit: Option<Duration>) -> Result<Clock> {
        let Some(limit) = limit else {
            return Ok(Clock::default());
        };
        let (running, ended) = channel::<()>();
        let (handle, asked) = (self.handle.clone(), Arc::clone(&self.asked));
        let watch = move || {
            if ended.recv_timeout(limit) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            stop(&handle, Interrupt::Timeout, &asked);
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
        let asked = self.asked.lock().map_or(None, |asked| *asked);
        let used = asked.map_or(Duration::ZERO, |asked| asked.elapsed());
        self.clock(Some(CLOSING.saturating_sub(used).max(LEAST_CLOSING)))
    }
}

/// Stops what runs, and notes when.
fn stop(handle: &InterruptHandle, why: Interrupt, asked: &Mutex<Option<Instant>>) {
    // Nothing panics while it has the lock.
    if let Ok(mut asked) = asked.lock() {
        *asked = Some(Instant::now());
    }
    handle.interrupt(why);
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
