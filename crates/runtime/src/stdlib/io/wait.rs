//! Waiting that ends: for descriptors, for processes, and for files that take long to open.
//!
//! **Problem.** A system call that waits can't be interrupted from another thread, so a program that waits for input,
//! for room in a pipe or for a command would outlive its kill.
//!
//! **Design.** Nothing here waits in the system for longer than [`tuning::INTERRUPT_SLICE`]; in between a [`Patience`] is
//! asked whether to go on. Descriptors are asked whether they are ready before they are used. Ready for output
//! says little: of a pipe, that a few kilobytes fit; so a write either mustn't wait, where the system knows how, or is
//! that small. What a process leaves is waited for by a descriptor for it, where the system has that.
//!
//! **Rejected.** Signals that end system calls: they are the host's. Descriptors in non-blocking mode: the mode belongs to
//! everyone who shares the file. A descriptor by which an interrupt wakes the waiting thread: one for each state.

use super::stream::Failure;
use crate::cx::{Cx, Fault};
use crate::tuning;
use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Decides how long something is waited for.
pub(super) trait Patience {
    /// How long to wait before this is asked again.
    ///
    /// # Errors
    /// If there has been waiting enough.
    fn slice(&self) -> Result<Duration, Failure>;
}

/// Until the program is to be stopped.
impl Patience for Cx {
    fn slice(&self) -> Result<Duration, Failure> {
        self.check_interrupt()?;
        Ok(tuning::INTERRUPT_SLICE)
    }
}

/// For as long as it takes.
pub(super) struct Forever;

impl Patience for Forever {
    fn slice(&self) -> Result<Duration, Failure> {
        Ok(Duration::from_secs(1))
    }
}

/// Until a moment.
pub(super) struct Until(pub(super) Instant);

impl Patience for Until {
    fn slice(&self) -> Result<Duration, Failure> {
        match self.0.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => Ok(left),
            Some(_) | None => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
    }
}

/// How a descriptor can be written without waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It never waits for anybody.
    File,
    /// The system is asked not to wait.
    Socket,
    /// The same, if it knows how.
    Pipe,
    /// By small amounts, when it is ready.
    Slow,
}

impl Kind {
    /// The kind of a file.
    pub(super) fn of(file: &File) -> Kind {
        match file.metadata().map(|m| m.file_type()) {
            Ok(t) if t.is_socket() => Kind::Socket,
            Ok(t) if t.is_fifo() || t.is_char_device() => Kind::Pipe,
            Ok(_) | Err(_) => Kind::File,
        }
    }
}

/// Most that is read or written between two questions to a [`Patience`].
pub(super) const CHUNK: usize = 1 << 20;
/// What fits into a pipe that is ready.
const PIPE_ROOM: usize = 4096;

fn poll(fd: RawFd, events: libc::c_short, time: Duration) -> io::Result<bool> {
    let mut p = libc::pollfd { fd, events, revents: 0 };
    let ms = i32::try_from(time.as_millis()).unwrap_or(i32::MAX).max(i32::from(!time.is_zero()));
    // SAFETY: one valid structure, as the count says.
    match unsafe { libc::poll(&mut p, 1, ms) } {
        -1 => match io::Error::last_os_error() {
            e if e.kind() == io::ErrorKind::Interrupted => Ok(false),
            e => Err(e),
        },
        n => Ok(n > 0),
    }
}

fn ready(file: &File, events: libc::c_short, patience: &dyn Patience) -> Result<(), Failure> {
    let mut time = Duration::ZERO;
    while !poll(file.as_raw_fd(), events, time)? {
        time = patience.slice()?;
    }
    Ok(())
}

/// Waits until there is something to read, or nothing more to come.
pub(super) fn readable(file: &File, kind: Kind, patience: &dyn Patience) -> Result<(), Failure> {
    if kind == Kind::File { Ok(()) } else { ready(file, libc::POLLIN, patience) }
}

/// Writes some of the bytes; how many.
pub(super) fn write_some(
    file: &File,
    kind: &mut Kind,
    bytes: &[u8],
    patience: &dyn Patience,
) -> Result<usize, Failure> {
    let bytes = bytes.get(..CHUNK).unwrap_or(bytes);
    loop {
        let room = if *kind == Kind::Slow {
            ready(file, libc::POLLOUT, patience)?;
            PIPE_ROOM
        } else {
            bytes.len()
        };
        let part = bytes.get(..room).unwrap_or(bytes);
        match write_now(file.as_raw_fd(), *kind, part) {
            Ok(0) if !part.is_empty() => {
                return Err(io::Error::from(io::ErrorKind::WriteZero).into());
            }
            Ok(n) => return Ok(n),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {
                patience.slice()?;
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                patience.slice()?;
                ready(file, libc::POLLOUT, patience)?;
            }
            Err(_) if *kind == Kind::Pipe => *kind = Kind::Slow,
            Err(e) => return Err(e.into()),
        }
    }
}

/// A write that doesn't wait, unless the descriptor is a file, or a slow one that isn't ready.
fn write_now(fd: RawFd, kind: Kind, bytes: &[u8]) -> io::Result<usize> {
    let (start, len) = (bytes.as_ptr().cast::<libc::c_void>(), bytes.len());
    let n = match kind {
        // SAFETY: the pointer and the length are a slice's.
        Kind::Socket => unsafe { libc::send(fd, start, len, libc::MSG_DONTWAIT) },
        Kind::Pipe => return write_pipe(fd, bytes),
        // SAFETY: as above.
        Kind::File | Kind::Slow => unsafe { libc::write(fd, start, len) },
    };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn write_pipe(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    let part = libc::iovec { iov_base: bytes.as_ptr() as *mut _, iov_len: bytes.len() };
    // SAFETY: one part, which is a slice; it is only read.
    let n = unsafe { libc::pwritev2(fd, &part, 1, -1, libc::RWF_NOWAIT) };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn write_pipe(_: RawFd, _: &[u8]) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

// ---- processes ---------------------------------------------------------------------------------------------

thread_local! {
    /// Processes that were given up before they ended, to be collected when they have.
    static ABANDONED: RefCell<Vec<Child>> = const { RefCell::new(Vec::new()) };
}

/// A descriptor that is readable when a process has ended.
#[cfg(target_os = "linux")]
fn process_descriptor(child: &Child) -> Option<OwnedFd> {
    // SAFETY: takes two numbers; a result that isn't negative is a descriptor nobody else has.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, child.id() as libc::pid_t, 0);
        RawFd::try_from(fd).ok().filter(|fd| *fd >= 0).map(|fd| OwnedFd::from_raw_fd(fd))
    }
}

#[cfg(not(target_os = "linux"))]
fn process_descriptor(_: &Child) -> Option<OwnedFd> {
    None
}

/// Waits for a process to end. If there is no more waiting, it is asked to end, too.
///
/// # Errors
/// [`Fault::Kill`].
pub(in crate::stdlib) fn exited(
    cx: &Cx,
    mut child: Child,
) -> Result<io::Result<ExitStatus>, Fault> {
    /// Where nothing tells when a process has ended, it is looked at after this time at first.
    const FIRST_LOOK: Duration = Duration::from_micros(100);
    let descriptor = process_descriptor(&child);
    let mut look = FIRST_LOOK;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Ok(status)),
            Ok(None) => {}
            Err(e) => return Ok(Err(e)),
        }
        if let Err(fault) = cx.check_interrupt() {
            abandon(child);
            return Err(fault);
        }
        match &descriptor {
            Some(fd) => {
                // Whether it is ready is asked of the process itself.
                let _ = poll(fd.as_raw_fd(), libc::POLLIN, tuning::INTERRUPT_SLICE);
            }
            None => {
                std::thread::sleep(look);
                look = (look * 2).min(tuning::INTERRUPT_SLICE);
            }
        }
    }
}

/// Asks a process to end, and leaves it.
fn abandon(child: Child) {
    if let Ok(pid) = libc::pid_t::try_from(child.id()) {
        // SAFETY: takes two numbers. The process hasn't been waited for, so the number is still its own.
        unsafe { libc::kill(pid, libc::SIGTERM) };
    }
    // While the thread ends nobody collects it but the system.
    let _ = ABANDONED.try_with(|list| {
        if let Ok(mut list) = list.try_borrow_mut() {
            list.retain_mut(|c| !matches!(c.try_wait(), Ok(Some(_))));
            list.push(child);
        }
    });
}

// ---- opening -----------------------------------------------------------------------------------------------

/// Opens a file. One that exists as a pipe opens when its other end does, which another thread waits for.
///
/// # Errors
/// Those of the system, and what the program is stopped with.
pub(super) fn open(cx: &Cx, options: &OpenOptions, path: &Path) -> Result<File, Failure> {
    if !std::fs::metadata(path).is_ok_and(|m| m.file_type().is_fifo()) {
        return Ok(options.open(path)?);
    }
    let (send, opened) = channel();
    let (options, path) = (options.clone(), path.to_owned());
    std::thread::Builder::new().spawn(move || {
        // Nobody may be waiting any more; then the file is closed again.
        let _ = send.send(options.open(path));
    })?;
    loop {
        match opened.recv_timeout(cx.slice()?) {
            Ok(result) => return Ok(result?),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::from(io::ErrorKind::Other).into());
            }
        }
    }
}
