//! Input and output (manual §6.9).
//!
//! **Design.** A file is a userdata that holds a [`Handle`]: a shared [`stream::Stream`], or none once it is closed.
//! `read` has the formats; `stream` the buffers; `host` what `os` and `package` need too. The default files are in
//! the registry, where the reference implementation has them.
//!
//! **Invariant.** No borrow of a stream is held across a call that takes `&mut Cx`: finalizers may run in it and use
//! the stream.

pub(super) mod host;
mod read;
mod stream;
mod wait;

use super::string::buffer::Output;
use super::{Entry, function_table, set};
use crate::cx::{Cx, Fault};
use crate::function::{Behaviour, Native};
use crate::object::Gc;
use crate::table::Table;
use crate::userdata::Userdata;
use crate::value::Value;
use host::{c_str, check_option, exec_result, file_result};
use perilune_semantics::display;
use std::fs::{File, OpenOptions};
use std::io::{self, SeekFrom};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::{Duration, Instant};
use stream::{Access, Buffering, Closed, Failure, Stream, StreamRef};
use wait::{Forever, Until};

pub(super) use wait::exited;

/// Registry key of the metatable of files, and their `__name`.
const FILE: &str = "FILE*";
/// Most formats `lines` takes.
const MAX_LINES_ARGS: usize = 250;

/// A default file: its registry key, its name in messages, and the mode in which it is opened.
struct DefaultFile {
    key: &'static str,
    name: &'static str,
    mode: &'static [u8],
}

const INPUT: DefaultFile = DefaultFile { key: "_IO_input", name: "input", mode: b"r" };
const OUTPUT: DefaultFile = DefaultFile { key: "_IO_output", name: "output", mode: b"w" };

/// What a file's userdata holds.
struct Handle {
    /// `None` once it is closed.
    stream: Option<StreamRef>,
    /// The standard files can't be closed.
    standard: bool,
}

/// Writes to standard output. Failures have nowhere to be reported, as in the reference implementation's `print`.
///
/// # Errors
/// [`Fault::Kill`]
pub(super) fn write_stdout(cx: &Cx, bytes: &[u8]) -> Result<(), Fault> {
    Failure::ignored(stream::standard(1).borrow_mut().write(bytes, cx))
}

/// Ends a line of standard output, and has it seen.
///
/// # Errors
/// [`Fault::Kill`]
pub(super) fn end_line(cx: &Cx) -> Result<(), Fault> {
    let stdout = stream::standard(1);
    let mut stdout = stdout.borrow_mut();
    Failure::ignored(stdout.write(b"\n", cx).and_then(|()| stdout.flush(cx)))
}

/// Writes out what Lua has printed and isn't written yet. For the end of the process, and before anything else is
/// written to the same terminal. Failures are ignored: `print` doesn't report any either.
pub fn flush_stdout() {
    // Nothing ends this.
    let _ = stream::flush_standard_output(&Forever);
}

/// As [`flush_stdout`], but gives up when that takes longer: the reader of a pipe may have stopped reading.
pub fn flush_stdout_within(limit: Duration) {
    let _ = stream::flush_standard_output(&Until(Instant::now() + limit));
}

/// Writes out what is pending for any file that is still open.
///
/// # Errors
/// [`Fault::Kill`]
pub(crate) fn flush_files(cx: &Cx) -> Result<(), Fault> {
    stream::flush_all(cx)
}

/// Writes out what is pending for files whose state won't be dropped, as that would.
pub(crate) fn flush_dropped() {
    stream::flush_dropped();
}

/// Writes out what is pending for standard output if that is a terminal, where what comes later should be below.
///
/// # Errors
/// [`Fault::Kill`]
pub(super) fn flush_terminal(cx: &Cx) -> Result<(), Fault> {
    stream::flush_terminal(cx)
}

/// Writes pieces to standard error.
///
/// # Errors
/// [`Fault::Kill`]
pub(crate) fn write_standard_error(cx: &Cx, pieces: &[&[u8]]) -> Result<(), Fault> {
    stream::write_standard_error(pieces, cx)
}

/// A file to be read as a whole.
pub(super) struct Source(StreamRef);

/// Standard input.
pub(super) fn stdin() -> Source {
    Source(stream::standard(0))
}

/// Opens a file to be read.
///
/// # Errors
/// [`Fault::Kill`], or that of the system.
pub(super) fn open_to_read(cx: &Cx, name: &[u8]) -> Result<io::Result<Source>, Fault> {
    Failure::told(open_path(cx, name, (b'r', false)).map(Source))
}

/// Everything that is left to read.
///
/// # Errors
/// "not enough memory", [`Fault::Kill`], or that of the system.
pub(super) fn read_all(cx: &mut Cx, source: &Source) -> Result<io::Result<Output>, Fault> {
    let mut out = Output::new();
    let mut read = || {
        source.0.borrow_mut().begin_read(cx)?;
        // What is known to be there is read at once, into as much room: a page that is used for the first time takes longer
        // than to read it.
        let remaining = source.0.borrow().remaining();
        if (1..wait::CHUNK).contains(&remaining) {
            out.reserve_once(cx, remaining + 1)?;
            source.0.borrow_mut().read_remaining(&mut out.bytes, remaining, cx)?;
        }
        loop {
            if source.0.borrow().is_at_end() {
                return Ok(());
            }
            // The amount read at once grows with what there is already, so memory is asked for in time.
            let step = out.bytes.len().clamp(stream::BUFFER, wait::CHUNK);
            out.reserve(cx, step)?;
            if source.0.borrow_mut().read_some(&mut out.bytes, step, cx)? == 0 {
                return Ok(());
            }
        }
    };
    let done = read();
    Failure::told(done.map(|()| out))
}

/// The next line of standard input, with its end; empty if there is none.
///
/// # Errors
/// The fault, or that of the system.
pub(super) fn read_standard_line(cx: &Cx) -> Result<io::Result<Vec<u8>>, Fault> {
    let read = || {
        let stdin = stream::standard(0);
        let mut stdin = stdin.borrow_mut();
        stdin.begin_read(cx)?;
        let mut line = Vec::new();
        loop {
            let ahead = stdin.fill(cx)?;
            let end = memchr::memchr(b'\n', ahead).map(|i| i + 1);
            let used = end.unwrap_or(ahead.len());
            line.extend_from_slice(&ahead[..used]);
            stdin.consume(used);
            if end.is_some() || used == 0 {
                return Ok(line);
            }
        }
    };
    Failure::told(read())
}

/// Makes the library's table.
pub(super) fn open(cx: &Cx) -> Gc<'_, Table> {
    const FUNCTIONS: &[Entry] = &[
        ("close", io_close),
        ("flush", io_flush),
        ("input", io_input),
        ("lines", io_lines),
        ("open", io_open),
        ("output", io_output),
        ("popen", io_popen),
        ("read", io_read),
        ("tmpfile", io_tmpfile),
        ("type", io_type),
        ("write", io_write),
    ];
    const METHODS: &[Entry] = &[
        ("close", file_close),
        ("flush", file_flush),
        ("lines", file_lines),
        ("read", file_read),
        ("seek", file_seek),
        ("setvbuf", file_setvbuf),
        ("write", file_write),
    ];
    const METAMETHODS: &[Entry] =
        &[("__close", file_gc), ("__gc", file_gc), ("__tostring", file_tostring)];
    let meta = function_table(cx, METAMETHODS);
    set(cx, meta, "__name", cx.str_value(FILE.as_bytes()));
    set(cx, meta, "__index", Value::object(function_table(cx, METHODS)));
    set(cx, cx.registry(), FILE, Value::object(meta));

    let t = function_table(cx, FUNCTIONS);
    for (number, name) in ["stdin", "stdout", "stderr"].into_iter().enumerate() {
        let file = new_file(cx, Handle { stream: Some(stream::standard(number)), standard: true });
        set(cx, t, name, file);
        match number {
            0 => set(cx, cx.registry(), INPUT.key, file),
            1 => set(cx, cx.registry(), OUTPUT.key, file),
            _ => {}
        }
    }
    t
}

// ---- handles -----------------------------------------------------------------------------------------------

fn new_file(cx: &Cx, handle: Handle) -> Value<'_> {
    let u = Value::object(Userdata::new(&cx.heap, Box::new(handle), 0));
    cx.set_metatable(u, cx.registry().get_str(cx.string(FILE.as_bytes())).downcast::<Table>());
    u
}

fn push_file(cx: &Cx, stream: StreamRef) {
    cx.push(new_file(cx, Handle { stream: Some(stream), standard: false }));
}

/// Hands the handle in a userdata to a function. `None` if the value isn't a file.
fn with_handle<R>(v: Value<'_>, f: impl FnOnce(&mut Handle) -> R) -> Option<R> {
    let u = v.downcast::<Userdata>()?;
    let mut data = u.data.borrow_mut();
    data.as_mut()?.downcast_mut::<Handle>().map(f)
}

/// The stream of a value: `None` if it is no file, `Some(None)` if that is closed.
fn stream_of(v: Value<'_>) -> Option<Option<StreamRef>> {
    with_handle(v, |h| h.stream.clone())
}

/// Argument `n` as an open file.
fn check_file(cx: &Cx, n: usize) -> Result<StreamRef, Fault> {
    match stream_of(cx.arg(n)) {
        Some(Some(s)) => Ok(s),
        Some(None) => Err(cx.throw_error(b"attempt to use a closed file")),
        None => Err(cx.type_error(n, FILE)),
    }
}

/// A default file as a value.
fn default_file<'g>(cx: &'g Cx, which: &DefaultFile) -> Value<'g> {
    cx.registry().get_str(cx.string(which.key.as_bytes()))
}

fn default_stream(cx: &Cx, which: &DefaultFile) -> Result<StreamRef, Fault> {
    match stream_of(default_file(cx, which)) {
        Some(Some(s)) => Ok(s),
        Some(None) | None => {
            Err(cx.throw_error(format!("default {} file is closed", which.name).as_bytes()))
        }
    }
}

/// Closes the file that is argument 1 and pushes the results of doing so.
fn close(cx: &Cx) -> Result<usize, Fault> {
    check_file(cx, 1)?;
    close_value(cx, cx.arg(1))
}

fn close_value(cx: &Cx, file: Value<'_>) -> Result<usize, Fault> {
    let stream = with_handle(file, |h| if h.standard { None } else { h.stream.take() }).flatten();
    let Some(stream) = stream else {
        cx.push(Value::NIL);
        cx.push(cx.str_value(b"cannot close standard file"));
        return Ok(2);
    };
    let closed = stream.borrow_mut().close(cx)?;
    match closed {
        Closed::File(result) => file_result(cx, result, None),
        Closed::Process(result) => exec_result(cx, result),
    }
}

fn file_close(cx: &mut Cx) -> Result<usize, Fault> {
    close(cx)
}

fn io_close(cx: &mut Cx) -> Result<usize, Fault> {
    if cx.is_none(1) {
        cx.push(default_file(cx, &OUTPUT));
    }
    close(cx)
}

/// The metamethods `__gc` and `__close`.
fn file_gc(cx: &mut Cx) -> Result<usize, Fault> {
    match stream_of(cx.arg(1)) {
        Some(Some(_)) => {
            close_value(cx, cx.arg(1))?;
            Ok(0)
        }
        Some(None) => Ok(0),
        None => Err(cx.type_error(1, FILE)),
    }
}

fn file_tostring(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.arg(1);
    let text = match stream_of(v) {
        Some(Some(_)) => format!("file (0x{:014x})", cx.address_of(v)),
        Some(None) => "file (closed)".to_owned(),
        None => return Err(cx.type_error(1, FILE)),
    };
    cx.push(cx.str_value(text.as_bytes()));
    Ok(1)
}

fn io_type(cx: &mut Cx) -> Result<usize, Fault> {
    let v = match stream_of(cx.check_any(1)?) {
        Some(Some(_)) => cx.str_value(b"file"),
        Some(None) => cx.str_value(b"closed file"),
        None => Value::NIL,
    };
    cx.push(v);
    Ok(1)
}

// ---- opening -----------------------------------------------------------------------------------------------

/// Reads a mode of `io.open`: one of `r`, `w`, `a`; perhaps a plus sign; perhaps a `b`, which changes nothing.
fn parse_mode(mode: &[u8]) -> Option<(u8, bool)> {
    let (kind, rest) = mode.split_first()?;
    let plus = rest.first() == Some(&b'+');
    let valid = b"rwa".contains(kind) && rest[plus as usize..].iter().all(|b| *b == b'b');
    valid.then_some((*kind, plus))
}

fn open_path(cx: &Cx, name: &[u8], (kind, plus): (u8, bool)) -> Result<StreamRef, Failure> {
    let mut options = OpenOptions::new();
    options.read(kind == b'r' || plus).write(kind == b'w' || kind == b'r' && plus);
    if kind != b'r' {
        options.create(true).truncate(kind == b'w').append(kind == b'a');
    }
    let file = wait::open(cx, &options, host::path(name)?)?;
    let access = match (plus, kind) {
        (true, _) => Access::Both,
        (false, b'r') => Access::Read,
        (false, _) => Access::Write,
    };
    let stream = Stream::of_file(file, access);
    if kind == b'a' && !plus {
        // So that the position is right from the start. What can't be positioned can be appended to all the same.
        let _ = stream.borrow_mut().seek(SeekFrom::End(0), cx);
    }
    Ok(stream)
}

fn io_open(cx: &mut Cx) -> Result<usize, Fault> {
    let name = cx.check_str(1)?.as_bytes();
    let mode = cx.opt_str(2)?.map_or(&b"r"[..], |s| c_str(s.as_bytes()));
    let Some(mode) = parse_mode(mode) else {
        return Err(cx.arg_error(2, "invalid mode"));
    };
    match Failure::told(open_path(cx, name, mode))? {
        Ok(stream) => {
            push_file(cx, stream);
            Ok(1)
        }
        Err(e) => file_result(cx, Err(e), Some(name)),
    }
}

/// Pushes a file that must be there.
fn push_opened(cx: &Cx, name: &[u8], mode: &[u8]) -> Result<(), Fault> {
    match Failure::told(open_path(cx, name, parse_mode(mode).unwrap_or((b'r', false))))? {
        Ok(stream) => {
            push_file(cx, stream);
            Ok(())
        }
        Err(e) => {
            let mut text = b"cannot open file '".to_vec();
            text.extend_from_slice(c_str(name));
            text.extend_from_slice(format!("' ({})", host::error_text(&e)).as_bytes());
            Err(cx.throw_error(&text))
        }
    }
}

/// `io.input` and `io.output`.
fn set_default(cx: &Cx, which: &DefaultFile) -> Result<usize, Fault> {
    if !cx.is_none_or_nil(1) {
        match cx.to_str(cx.arg(1)) {
            Some(name) => push_opened(cx, name.as_bytes(), which.mode)?,
            None => {
                check_file(cx, 1)?;
                cx.push(cx.arg(1));
            }
        }
        set(cx, cx.registry(), which.key, cx.peek(1));
    }
    cx.push(default_file(cx, which));
    Ok(1)
}

fn io_input(cx: &mut Cx) -> Result<usize, Fault> {
    set_default(cx, &INPUT)
}

fn io_output(cx: &mut Cx) -> Result<usize, Fault> {
    set_default(cx, &OUTPUT)
}

fn spawn_piped(command: &[u8], reading: bool) -> io::Result<StreamRef> {
    let mut shell = host::shell(command)?;
    let shell = if reading { shell.stdout(Stdio::piped()) } else { shell.stdin(Stdio::piped()) };
    let mut child = shell.spawn()?;
    let (pipe, access) = if reading {
        (child.stdout.take().map(OwnedFd::from), Access::Read)
    } else {
        (child.stdin.take().map(OwnedFd::from), Access::Write)
    };
    let pipe = pipe.ok_or_else(|| io::Error::from_raw_os_error(libc::EPIPE))?;
    Ok(Stream::of_process(File::from(pipe), child, access))
}

fn io_popen(cx: &mut Cx) -> Result<usize, Fault> {
    let command = cx.check_str(1)?.as_bytes();
    let reading = match cx.opt_str(2)?.map_or(&b"r"[..], |s| c_str(s.as_bytes())) {
        b"r" => true,
        b"w" => false,
        _ => return Err(cx.arg_error(2, "invalid mode")),
    };
    // The command may write to the same places.
    flush_files(cx)?;
    match spawn_piped(command, reading) {
        Ok(stream) => {
            push_file(cx, stream);
            Ok(1)
        }
        Err(e) => file_result(cx, Err(e), Some(command)),
    }
}

fn io_tmpfile(cx: &mut Cx) -> Result<usize, Fault> {
    // Without a name, the file lives as long as it is open.
    let opened = host::unique_file().and_then(|(path, file)| {
        std::fs::remove_file(path)?;
        Ok(Stream::of_file(file, Access::Both))
    });
    match opened {
        Ok(stream) => {
            push_file(cx, stream);
            Ok(1)
        }
        Err(e) => file_result(cx, Err(e), None),
    }
}

// ---- reading -----------------------------------------------------------------------------------------------

fn io_read(cx: &mut Cx) -> Result<usize, Fault> {
    let stream = default_stream(cx, &INPUT)?;
    read::read_formats(cx, &stream, 1)
}

fn file_read(cx: &mut Cx) -> Result<usize, Fault> {
    let stream = check_file(cx, 1)?;
    read::read_formats(cx, &stream, 2)
}

/// Pushes the iterator of `lines` for the file that is argument 1, with the formats behind it.
fn push_lines(cx: &Cx, close_at_end: bool) -> Result<(), Fault> {
    let count = cx.nargs() - 1;
    if count > MAX_LINES_ARGS {
        return Err(cx.arg_error(MAX_LINES_ARGS + 2, "too many arguments"));
    }
    let mut upvalues = vec![cx.arg(1), cx.int(count as i64), Value::bool(close_at_end)];
    upvalues.extend((2..count + 2).map(|n| cx.arg(n)));
    let f = Native::new(&cx.heap, "lines_step", lines_step, Behaviour::Plain, &upvalues);
    cx.push(Value::object(f));
    Ok(())
}

fn file_lines(cx: &mut Cx) -> Result<usize, Fault> {
    check_file(cx, 1)?;
    push_lines(cx, false)?;
    Ok(1)
}

fn io_lines(cx: &mut Cx) -> Result<usize, Fault> {
    if cx.is_none(1) {
        cx.push(Value::NIL);
    }
    if cx.arg(1).is_nil() {
        cx.set_arg(1, default_file(cx, &INPUT));
        check_file(cx, 1)?;
        push_lines(cx, false)?;
        return Ok(1);
    }
    let name = cx.check_str(1)?.as_bytes();
    push_opened(cx, name, b"r")?;
    cx.set_arg(1, cx.peek(1));
    cx.pop(1);
    push_lines(cx, true)?;
    cx.push(Value::NIL);
    cx.push(Value::NIL);
    cx.push(cx.arg(1));
    Ok(4)
}

/// The iterator: reads its formats, and may close the file at the end.
fn lines_step(cx: &mut Cx) -> Result<usize, Fault> {
    let stream = match stream_of(cx.upvalue(0)) {
        Some(Some(s)) => s,
        Some(None) | None => return Err(cx.throw_error(b"file is already closed")),
    };
    let count = usize::try_from(cx.to_int(cx.upvalue(1)).unwrap_or(0)).unwrap_or(0);
    cx.set_nargs(1);
    cx.check_stack(count, "too many arguments")?;
    for i in 0..count {
        cx.push(cx.upvalue(3 + i));
    }
    let n = read::read_formats(cx, &stream, 2)?;
    if !cx.peek(n).is_falsy() {
        return Ok(n);
    }
    if n > 1 {
        // Nothing, and why.
        let message = cx.to_str(cx.peek(n - 1)).map_or(&b"?"[..], |s| s.as_bytes());
        return Err(cx.throw_error(message));
    }
    if !cx.upvalue(2).is_falsy() {
        close_value(cx, cx.upvalue(0))?;
    }
    Ok(0)
}

// ---- writing and the rest ------------------------------------------------------------------------------------

/// Writes the arguments from `first` to `last`; pushes nil, message, number and the bytes written if that fails.
/// Returns how many results it has pushed.
fn write_args(cx: &Cx, stream: &StreamRef, first: usize) -> Result<usize, Fault> {
    let mut total = 0;
    for n in first..=cx.nargs() {
        let v = cx.arg(n);
        let number;
        let bytes = match crate::interp::to_num(v) {
            Some(x) => {
                number = display::number_to_str(x);
                number.as_bytes()
            }
            None => cx.check_str(n)?.as_bytes(),
        };
        let result = stream.borrow_mut().write(bytes, cx);
        if let Err(e) = Failure::told(result)? {
            let pushed = file_result(cx, Err(e), None)?;
            cx.push(cx.int(total));
            return Ok(pushed + 1);
        }
        total += bytes.len() as i64;
    }
    Ok(0)
}

fn io_write(cx: &mut Cx) -> Result<usize, Fault> {
    let stream = default_stream(cx, &OUTPUT)?;
    match write_args(cx, &stream, 1)? {
        0 => {
            cx.push(default_file(cx, &OUTPUT));
            Ok(1)
        }
        n => Ok(n),
    }
}

fn file_write(cx: &mut Cx) -> Result<usize, Fault> {
    let stream = check_file(cx, 1)?;
    match write_args(cx, &stream, 2)? {
        0 => {
            cx.push(cx.arg(1));
            Ok(1)
        }
        n => Ok(n),
    }
}

fn io_flush(cx: &mut Cx) -> Result<usize, Fault> {
    let stream = default_stream(cx, &OUTPUT)?;
    let result = stream.borrow_mut().flush(cx);
    file_result(cx, Failure::told(result)?, None)
}

fn file_flush(cx: &mut Cx) -> Result<usize, Fault> {
    let stream = check_file(cx, 1)?;
    let result = stream.borrow_mut().flush(cx);
    file_result(cx, Failure::told(result)?, None)
}

fn file_seek(cx: &mut Cx) -> Result<usize, Fault> {
    let stream = check_file(cx, 1)?;
    let whence = check_option(cx, 2, Some(1), &["set", "cur", "end"])?;
    let offset = cx.opt_int(3, 0)?;
    let to = match whence {
        // The system refuses a negative position, whichever way its sign is read.
        0 => SeekFrom::Start(offset as u64),
        1 => SeekFrom::Current(offset),
        _ => SeekFrom::End(offset),
    };
    let result = stream.borrow_mut().seek(to, cx);
    match Failure::told(result)? {
        Ok(at) => {
            cx.push(cx.int(at as i64));
            Ok(1)
        }
        Err(e) => file_result(cx, Err(e), None),
    }
}

fn file_setvbuf(cx: &mut Cx) -> Result<usize, Fault> {
    let stream = check_file(cx, 1)?;
    let mode = check_option(cx, 2, None, &["no", "full", "line"])?;
    // The size of the buffer is a hint that isn't taken.
    cx.opt_int(3, stream::BUFFER as i64)?;
    let mode = [Buffering::None, Buffering::Full, Buffering::Line][mode];
    let result = stream.borrow_mut().set_buffering(mode, cx);
    file_result(cx, Failure::told(result)?, None)
}
