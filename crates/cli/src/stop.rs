//! Stopping programs: Ctrl-C and `--timeout`.
//!
//! Both come from another thread, which asks the interpreter to stop at the next opportunity with an error that the
//! program can't catch. A program may be where there is no opportunity, waiting for input, say; so a second Ctrl-C soon
//! after the first, or a program that is still there some time after its limit, ends the process.

use crate::PROGRAM;
use perilune::{Error, Interrupt, InterruptHandle, Lua, Result};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How soon a second Ctrl-C must come.
const IMPATIENCE: Duration = Duration::from_secs(1);
/// The time a program has to end when its time is over.
const GRACE: Duration = Duration::from_secs(1);
/// The exit status of shells for what Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// Stops a state's programs.
pub(crate) struct Stopper {
    handle: InterruptHandle,
}

/// While it lives, time is running.
pub(crate) struct Clock {
    /// Its end is what the watching thread waits for.
    _running: Option<Sender<()>>,
}

impl Stopper {
    /// Has Ctrl-C stop what runs in the state.
    pub(crate) fn new(lua: &Lua) -> Stopper {
        let handle = lua.interrupt_handle();
        let interrupt = handle.clone();
        let mut last: Option<Instant> = None;
        // If there can't be a handler, Ctrl-C just ends the process.
        let _ = ctrlc::set_handler(move || {
            let now = Instant::now();
            if last.replace(now).is_some_and(|l| now.duration_since(l) < IMPATIENCE) {
                std::process::exit(INTERRUPTED);
            }
            interrupt.interrupt(Interrupt::Break);
        });
        Stopper { handle }
    }

    /// Gives what runs from now on so much time.
    pub(crate) fn clock(&self, limit: Option<Duration>) -> Result<Clock> {
        let Some(limit) = limit else {
            return Ok(Clock { _running: None });
        };
        let (running, ended) = channel::<()>();
        let handle = self.handle.clone();
        let watch = move || {
            if ended.recv_timeout(limit) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            handle.interrupt(Interrupt::Timeout);
            if ended.recv_timeout(GRACE) == Err(RecvTimeoutError::Timeout) {
                eprintln!("{PROGRAM}: time limit exceeded");
                std::process::exit(1);
            }
        };
        std::thread::Builder::new().spawn(watch).map_err(Error::external)?;
        Ok(Clock { _running: Some(running) })
    }
}
