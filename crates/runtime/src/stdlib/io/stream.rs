//! Streams: descriptors with buffers, as C's `FILE` is one.
//!
//! **Problem.** Scripts read and write a few bytes at a time, and switch between reading and writing as they please.
//! `print` and `io.write` must end up in the same buffer, and nothing written may get lost when the process ends by
//! `os.exit`, which runs no destructors.
//!
//! **Design.** A [`Stream`] has one buffer per direction. Input is what has been read ahead of the program; before
//! a write, the descriptor is moved back over it. Output is what the program has written and the descriptor hasn't
//! seen; before a read or seek, it is written out. The three standard streams are made once per thread and shared by
//! all states of it. The thread also has a list of weak references to every stream that can be written, for
//! [`flush_all`].
//!
//! As in C, what is pending for standard output when something else writes to the same place comes after it, unless
//! that is a process begun by `popen`, for which everything is written out. `print` writes out what it has printed.
//! What waits does so as long as a [`Patience`] says: mostly the context, until the program is to be stopped.
//!
//! A stream is shared as a [`StreamRef`]. No borrow of it is held while the context may run Lua code, which could
//! use the same stream.
//!
//! **Invariants.** At most one of the two buffers has something in it. Output that couldn't be written is given up
//! and reported once, as in C: a stream that has failed can still be closed without another error.
//!
//! Output that could only wait no longer remains pending.
//!
//! **Rejected.** `BufReader` and `BufWriter`: neither serves both directions of one descriptor, and the standard
//! library's own standard output is flushed at every line.

use super::wait::{self, CHUNK, Forever, Kind, Patience, Until};
use crate::cx::{Cx, Fault};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::process::{Child, ExitStatus};
use std::rc::{Rc, Weak};
use std::time::Instant;

/// A shared stream.
pub(super) type StreamRef = Rc<RefCell<Stream>>;

/// Size of a buffer.
pub(super) const BUFFER: usize = 64 * 1024;
/// Output pending at most for what somebody may be waiting for: as much as in C.
const SHORT_BUFFER: usize = 4096;
/// How much is read ahead at first, and after a change of position. It grows with every further read, so that random
/// access doesn't read much more than it needs.
const FIRST_READ: usize = 4096;

/// When output is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Buffering {
    /// At once.
    None,
    /// With every end of line.
    Line,
    /// When the buffer is full.
    Full,
}

/// Why an operation failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The system says so.
    Io(io::Error),
    /// The program is stopped, or out of memory.
    Fault(Fault),
}

impl Failure {
    /// The result of an operation whose failure the program doesn't get to know.
    pub(super) fn ignored(result: Result<(), Failure>) -> Result<(), Fault> {
        match result {
            Ok(()) | Err(Failure::Io(_)) => Ok(()),
            Err(Failure::Fault(f)) => Err(f),
        }
    }

    /// The result, if the program gets to know it.
    ///
    /// # Errors
    /// The fault.
    pub(super) fn told<T>(result: Result<T, Failure>) -> Result<io::Result<T>, Fault> {
        match result {
            Ok(v) => Ok(Ok(v)),
            Err(Failure::Io(e)) => Ok(Err(e)),
            Err(Failure::Fault(f)) => Err(f),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(e: io::Error) -> Self {
        Failure::Io(e)
    }
}

impl From<Fault> for Failure {
    fn from(f: Fault) -> Self {
        Failure::Fault(f)
    }
}

/// What a stream may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Both.
    Both,
}

/// Where a stream comes from.
enum Origin {
    /// A file of its own.
    File(File),
    /// One end of a pipe to or from a process.
    Process(File, Child),
    /// A standard stream of this process, by number. It stays open.
    Standard(ManuallyDrop<File>, i32),
    /// It has been closed.
    Closed,
}

/// How closing went.
pub(super) enum Closed {
    /// A file is closed, or couldn't be written out.
    File(io::Result<()>),
    /// A process has ended.
    Process(io::Result<ExitStatus>),
}

/// A buffered file.
pub(super) struct Stream {
    origin: Origin,
    kind: Kind,
    access: Access,
    buffering: Buffering,
    /// The bytes from `position` to `end` have been read and not used.
    input: Box<[u8]>,
    position: usize,
    end: usize,
    /// How much to read next.
    next_read: usize,
    output: Vec<u8>,
    /// Writing it out was given up because it took too long.
    stuck: bool,
    /// The last read met the end. Nothing more is read until the next operation begins.
    at_end: bool,
}

struct Streams {
    standard: [StreamRef; 3],
    /// Streams that may have pending output.
    writable: Vec<Weak<RefCell<Stream>>>,
}

thread_local! {
    static STREAMS: RefCell<Streams> = RefCell::new(Streams {
        standard: [0, 1, 2].map(|fd| Rc::new(RefCell::new(Stream::standard(fd)))),
        writable: Vec::new(),
    });
}

/// One of the standard streams: 0 input, 1 output, 2 error.
pub(super) fn standard(number: usize) -> StreamRef {
    // During the destruction of the thread there are no streams any more, but states that it had may still run finalizers.
    let shared = STREAMS.try_with(|s| s.borrow().standard[number].clone());
    shared.unwrap_or_else(|_| Rc::new(RefCell::new(Stream::standard(number as i32))))
}

/// Writes out what is pending for standard output. Failures have nowhere to be reported.
///
/// # Errors
/// [`Fault::Kill`]
pub(super) fn flush_standard_output(patience: &dyn Patience) -> Result<(), Fault> {
    // During the destruction of the thread there are no streams any more.
    let flushed = STREAMS.try_with(|s| match s.borrow().standard[1].try_borrow_mut() {
        Ok(mut out) => Failure::ignored(out.flush(patience)),
        Err(_) => Ok(()),
    });
    flushed.unwrap_or(Ok(()))
}

/// The same if it is a terminal, where what comes later should be below.
pub(super) fn flush_terminal(patience: &dyn Patience) -> Result<(), Fault> {
    let is_terminal = STREAMS.try_with(|s| {
        s.borrow().standard[1].try_borrow().is_ok_and(|out| out.buffering == Buffering::Line)
    });
    if is_terminal.unwrap_or(false) { flush_standard_output(patience) } else { Ok(()) }
}

/// Writes out what is pending for any stream of this thread, as the end of the process does in C.
///
/// # Errors
/// [`Fault::Kill`]
pub(super) fn flush_all(patience: &dyn Patience) -> Result<(), Fault> {
    flush_standard_output(patience)?;
    let streams = STREAMS.try_with(|s| std::mem::take(&mut s.borrow_mut().writable));
    // As above; a stream that is dropped is written out, too.
    let Ok(streams) = streams else { return Ok(()) };
    let flushed = streams.iter().filter_map(Weak::upgrade).try_for_each(|s| {
        s.try_borrow_mut().map_or(Ok(()), |mut s| Failure::ignored(s.flush(patience)))
    });
    let _ = STREAMS.try_with(|s| s.borrow_mut().writable = streams);
    flushed
}

/// Writes pieces to standard error, one behind the other. Failures have nowhere to be reported.
///
/// # Errors
/// [`Fault::Kill`]
pub(super) fn write_standard_error(pieces: &[&[u8]], patience: &dyn Patience) -> Result<(), Fault> {
    let stderr = standard(2);
    // It is in use by whoever waits for it below, and so can't be written.
    let Ok(mut stderr) = stderr.try_borrow_mut() else { return Ok(()) };
    Failure::ignored(stderr.write(&pieces.concat(), patience))
}

fn bad_descriptor() -> io::Error {
    io::Error::from_raw_os_error(libc::EBADF)
}

impl Stream {
    fn new(origin: Origin, access: Access, buffering: Buffering) -> Stream {
        Stream {
            kind: match &origin {
                Origin::File(f) | Origin::Process(f, _) => Kind::of(f),
                Origin::Standard(f, _) => Kind::of(f),
                Origin::Closed => Kind::File,
            },
            origin,
            access,
            buffering,
            input: Box::default(),
            position: 0,
            end: 0,
            next_read: FIRST_READ,
            output: Vec::new(),
            stuck: false,
            at_end: false,
        }
    }

    fn standard(fd: i32) -> Stream {
        // SAFETY: descriptors 0 to 2 are open as long as the process runs (its start-up code sees to that), and
        // as the file is never dropped, this isn't where one of them gets closed.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
        let buffering = match fd {
            2 => Buffering::None,
            1 if file.is_terminal() => Buffering::Line,
            _ => Buffering::Full,
        };
        let access = if fd == 0 { Access::Read } else { Access::Write };
        Stream::new(Origin::Standard(file, fd), access, buffering)
    }

    /// A stream for a file.
    pub(super) fn of_file(file: File, access: Access) -> StreamRef {
        Stream::shared(Stream::new(Origin::File(file), access, Buffering::Full))
    }

    /// A stream for one end of a pipe whose other end a process has.
    pub(super) fn of_process(pipe: File, child: Child, access: Access) -> StreamRef {
        Stream::shared(Stream::new(Origin::Process(pipe, child), access, Buffering::Full))
    }

    fn shared(stream: Stream) -> StreamRef {
        let writable = stream.access != Access::Read;
        let stream = Rc::new(RefCell::new(stream));
        if writable {
            let _ = STREAMS.try_with(|s| {
                let list = &mut s.borrow_mut().writable;
                if list.len() == list.capacity() {
                    list.retain(|w| w.strong_count() > 0);
                }
                list.push(Rc::downgrade(&stream));
            });
        }
        stream
    }

    fn file(&self) -> io::Result<&File> {
        match &self.origin {
            Origin::File(f) | Origin::Process(f, _) => Ok(f),
            Origin::Standard(f, _) => Ok(f),
            Origin::Closed => Err(bad_descriptor()),
        }
    }

    fn is_standard(&self, number: i32) -> bool {
        matches!(self.origin, Origin::Standard(_, n) if n == number)
    }

    // ---- reading -----------------------------------------------------------------------------------------

    /// Begins a read operation: an end met before is forgotten.
    pub(super) fn begin_read(&mut self, patience: &dyn Patience) -> Result<(), Failure> {
        if self.access == Access::Write {
            return Err(bad_descriptor().into());
        }
        self.at_end = false;
        self.flush_output(patience)
    }

    /// The bytes read ahead; if there are none, reads some. Empty at the end.
    pub(super) fn fill(&mut self, patience: &dyn Patience) -> Result<&[u8], Failure> {
        if self.position == self.end && !self.at_end {
            self.refill(patience)?;
        }
        Ok(&self.input[self.position..self.end])
    }

    #[cold]
    fn refill(&mut self, patience: &dyn Patience) -> Result<(), Failure> {
        self.show_question(patience)?;
        patience.slice()?;
        let size = self.next_read;
        self.next_read = (size * 4).min(BUFFER);
        wait::readable(self.file()?, self.kind, patience)?;
        let mut buffer = std::mem::take(&mut self.input);
        if buffer.len() < size {
            buffer = vec![0; size].into_boxed_slice();
        }
        let result = loop {
            match self.file().and_then(|mut f| f.read(&mut buffer[..size])) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.input = buffer;
        let n = result?;
        (self.position, self.end) = (0, n);
        self.at_end = n == 0;
        Ok(())
    }

    /// Whoever is asked for input should see the question.
    fn show_question(&self, patience: &dyn Patience) -> Result<(), Failure> {
        if self.is_standard(0) { Ok(flush_standard_output(patience)?) } else { Ok(()) }
    }

    /// Marks bytes that [`Stream::fill`] returned as used.
    pub(super) fn consume(&mut self, n: usize) {
        self.position = (self.position + n).min(self.end);
    }

    /// The next byte, which remains the next one.
    pub(super) fn peek(&mut self, patience: &dyn Patience) -> Result<Option<u8>, Failure> {
        Ok(self.fill(patience)?.first().copied())
    }

    /// How much is left to read of a regular file; 0 if that isn't known.
    pub(super) fn remaining(&self) -> usize {
        let left = || {
            let mut file = self.file().ok()?;
            let size = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
            size.checked_sub(file.stream_position().ok()?)
        };
        let ahead = self.end - self.position;
        usize::try_from(left().unwrap_or(0)).map_or(0, |n| n.saturating_add(ahead))
    }

    /// Appends at most `max` bytes; 0 at the end only. Large amounts from files bypass the buffer.
    pub(super) fn read_some(
        &mut self,
        out: &mut Vec<u8>,
        max: usize,
        patience: &dyn Patience,
    ) -> Result<usize, Failure> {
        let bypasses = self.kind == Kind::File && max >= BUFFER;
        if bypasses && self.position == self.end && !self.at_end {
            return self.read_past(out, max, patience);
        }
        let ahead = self.fill(patience)?;
        let n = ahead.len().min(max);
        out.extend_from_slice(&ahead[..n]);
        self.consume(n);
        Ok(n)
    }

    /// Reads past the buffer, which is empty.
    fn read_past(
        &mut self,
        out: &mut Vec<u8>,
        max: usize,
        patience: &dyn Patience,
    ) -> Result<usize, Failure> {
        self.show_question(patience)?;
        patience.slice()?;
        let max = max.min(CHUNK);
        let n = self.file()?.take(max as u64).read_to_end(out)?;
        self.at_end = n < max;
        Ok(n)
    }

    /// Reads what [`Stream::remaining`] has promised, and notices that it is all. There is room for a byte more. Nothing if
    /// something has been read ahead.
    pub(super) fn read_remaining(
        &mut self,
        out: &mut Vec<u8>,
        remaining: usize,
        patience: &dyn Patience,
    ) -> Result<(), Failure> {
        if self.kind == Kind::File && self.position == self.end && !self.at_end {
            self.read_past(out, remaining + 1, patience)?;
        }
        Ok(())
    }

    /// Whether the end has been met, so that no more is read.
    pub(super) fn is_at_end(&self) -> bool {
        self.at_end && self.position == self.end
    }

    // ---- writing -----------------------------------------------------------------------------------------

    /// Writes bytes, as the buffering says.
    pub(super) fn write(&mut self, bytes: &[u8], patience: &dyn Patience) -> Result<(), Failure> {
        if self.access == Access::Read {
            return Err(bad_descriptor().into());
        }
        if self.position < self.end {
            self.give_back_input()?;
        }
        match self.buffering {
            Buffering::Full => self.write_buffered(bytes, patience),
            Buffering::Line => {
                self.write_buffered(bytes, patience)?;
                match memchr::memchr(b'\n', bytes) {
                    Some(_) => self.flush_output(patience),
                    None => Ok(()),
                }
            }
            Buffering::None => {
                if self.is_standard(2) {
                    flush_terminal(patience)?;
                }
                self.flush_output(patience)?;
                self.write_through(bytes, patience)
            }
        }
    }

    #[inline]
    fn write_buffered(&mut self, bytes: &[u8], patience: &dyn Patience) -> Result<(), Failure> {
        let most = if self.kind == Kind::File { BUFFER } else { SHORT_BUFFER };
        if self.output.len() + bytes.len() > most {
            self.flush_output(patience)?;
            if bytes.len() >= most {
                return self.write_through(bytes, patience);
            }
        }
        self.output.extend_from_slice(bytes);
        Ok(())
    }

    fn write_some(&mut self, bytes: &[u8], patience: &dyn Patience) -> Result<usize, Failure> {
        let file = match &self.origin {
            Origin::File(f) | Origin::Process(f, _) => f,
            Origin::Standard(f, _) => &**f,
            Origin::Closed => return Err(bad_descriptor().into()),
        };
        wait::write_some(file, &mut self.kind, bytes, patience)
    }

    fn write_through(&mut self, bytes: &[u8], patience: &dyn Patience) -> Result<(), Failure> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = self.write_some(rest, patience)?;
            rest = &rest[n..];
            if !rest.is_empty() {
                patience.slice()?;
            }
        }
        Ok(())
    }

    fn flush_output(&mut self, patience: &dyn Patience) -> Result<(), Failure> {
        if self.output.is_empty() {
            return Ok(());
        }
        let mut output = std::mem::take(&mut self.output);
        let mut done = 0;
        let result = loop {
            if done == output.len() {
                break Ok(());
            }
            match self.write_some(&output[done..], patience) {
                Ok(n) => done += n,
                Err(Failure::Io(e)) if e.kind() != io::ErrorKind::TimedOut => {
                    done = output.len();
                    break Err(e.into());
                }
                Err(waited) => break Err(waited),
            }
        };
        output.drain(..done);
        self.stuck = !output.is_empty();
        self.output = output;
        result
    }

    /// Writes out what is pending.
    pub(super) fn flush(&mut self, patience: &dyn Patience) -> Result<(), Failure> {
        self.flush_output(patience)
    }

    /// Sets when output is passed on.
    pub(super) fn set_buffering(
        &mut self,
        b: Buffering,
        patience: &dyn Patience,
    ) -> Result<(), Failure> {
        self.buffering = b;
        if b == Buffering::Full { Ok(()) } else { self.flush_output(patience) }
    }

    // ---- position ----------------------------------------------------------------------------------------

    fn give_back_input(&mut self) -> io::Result<()> {
        let ahead = (self.end - self.position) as i64;
        self.file()?.seek(SeekFrom::Current(-ahead))?;
        self.position = self.end;
        Ok(())
    }

    /// Moves to a position and returns it.
    pub(super) fn seek(&mut self, to: SeekFrom, patience: &dyn Patience) -> Result<u64, Failure> {
        self.flush_output(patience)?;
        let ahead = (self.end - self.position) as i64;
        let to = match to {
            SeekFrom::Current(offset) => SeekFrom::Current(offset.saturating_sub(ahead)),
            SeekFrom::Start(_) | SeekFrom::End(_) => to,
        };
        let at = self.file()?.seek(to)?;
        self.position = self.end;
        self.next_read = FIRST_READ;
        self.at_end = false;
        Ok(at)
    }

    /// Writes out what is pending and closes the descriptor; waits for a process.
    ///
    /// # Errors
    /// [`Fault::Kill`]; the stream is closed all the same.
    pub(super) fn close(&mut self, cx: &Cx) -> Result<Closed, Fault> {
        let flushed = Failure::told(self.flush_output(cx));
        self.output.clear();
        match std::mem::replace(&mut self.origin, Origin::Closed) {
            Origin::Process(pipe, child) => {
                drop(pipe);
                Ok(Closed::Process(wait::exited(cx, child)?))
            }
            Origin::File(_) | Origin::Standard(..) | Origin::Closed => Ok(Closed::File(flushed?)),
        }
    }
}

/// Writes out what is pending for any stream but the standard ones, as [`Stream::drop`] would.
pub(super) fn flush_dropped() {
    // During the destruction of the thread there are no streams any more.
    let streams = STREAMS.try_with(|s| std::mem::take(&mut s.borrow_mut().writable));
    for stream in streams.unwrap_or_default().iter().filter_map(Weak::upgrade) {
        if let Ok(mut stream) = stream.try_borrow_mut() {
            stream.flush_at_end();
        }
    }
}

impl Drop for Stream {
    /// For streams that no finalizer has closed, as the program was killed, and for the end of the thread.
    fn drop(&mut self) {
        self.flush_at_end();
    }
}

impl Stream {
    /// Writes out what is pending and can be written.
    fn flush_at_end(&mut self) {
        // Nobody may ever read the other end of a pipe.
        let may_wait = match self.origin {
            Origin::Standard(..) => !self.stuck,
            Origin::File(_) | Origin::Process(..) | Origin::Closed => self.kind == Kind::File,
        };
        let patience: &dyn Patience = if may_wait { &Forever } else { &Until(Instant::now()) };
        let _ = self.flush_output(patience);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary() -> StreamRef {
        let (path, file) = super::super::host::unique_file().expect("a temporary file");
        std::fs::remove_file(path).expect("it is there");
        Stream::of_file(file, Access::Both)
    }

    #[test]
    fn switching_directions() {
        let stream = temporary();
        let (mut s, w) = (stream.borrow_mut(), &Forever);
        s.write(b"one two three", w).expect("writable");
        assert_eq!(s.seek(SeekFrom::Start(4), w).expect("seekable"), 4);
        let mut out = Vec::new();
        s.begin_read(w).expect("readable");
        assert_eq!(s.read_some(&mut out, 3, w).expect("readable"), 3);
        // All of it has been read ahead; the write goes to where the program is.
        s.write(b"+", w).expect("writable");
        assert_eq!(s.seek(SeekFrom::Start(0), w).expect("seekable"), 0);
        assert_eq!(s.remaining(), 13);
        while s.read_some(&mut out, usize::MAX, w).expect("readable") > 0 {}
        assert_eq!(out, b"twoone two+three");
        assert_eq!(s.peek(w).expect("readable"), None);
    }

    #[test]
    fn relative_seek_counts_from_what_was_used() {
        let stream = temporary();
        let (mut s, w) = (stream.borrow_mut(), &Forever);
        s.write(b"0123456789", w).expect("writable");
        s.seek(SeekFrom::Start(0), w).expect("seekable");
        assert_eq!(s.peek(w).expect("readable"), Some(b'0'));
        s.consume(3);
        assert_eq!(s.seek(SeekFrom::Current(2), w).expect("seekable"), 5);
        assert_eq!(s.peek(w).expect("readable"), Some(b'5'));
    }

    #[test]
    fn closed_streams_fail() {
        let stream = temporary();
        let (mut s, w) = (stream.borrow_mut(), &Forever);
        assert!(matches!(s.close(&Cx::new()), Ok(Closed::File(Ok(())))));
        assert!(s.fill(w).is_err());
        assert!(s.seek(SeekFrom::Start(0), w).is_err());
    }
}
