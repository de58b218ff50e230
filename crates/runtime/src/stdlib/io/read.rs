//! The formats of `read` and `lines`.

use super::host::{c_str, file_result};
use super::stream::{BUFFER, Failure, Stream, StreamRef};
use super::wait::{CHUNK, Patience};
use crate::cx::{Cx, Fault};
use crate::stdlib::string::buffer::Output;
use crate::value::Value;
use perilune_semantics::{Num, parse};

/// Longest numeral `n` reads.
const MAX_NUMERAL: usize = 200;
/// Strings up to this size are made without asking for memory first.
const SMALL: usize = 4096;
/// Stack slots a native may count on beyond what it asks for.
const MIN_STACK: usize = 20;

/// Reads what the arguments from `first` on say (a line, if there are none) and pushes it: a value for each format,
/// up to the first that can't be met, for which it pushes nil. If reading fails, nil, the message and the error's
/// number. Returns how many.
pub(super) fn read_formats(cx: &mut Cx, stream: &StreamRef, first: usize) -> Result<usize, Fault> {
    let last = cx.nargs();
    match Failure::told(read_all_formats(cx, stream, first, last))? {
        Ok(n) => Ok(n),
        Err(e) => file_result(cx, Err(e), None),
    }
}

fn read_all_formats(
    cx: &mut Cx,
    stream: &StreamRef,
    first: usize,
    last: usize,
) -> Result<usize, Failure> {
    stream.borrow_mut().begin_read(cx)?;
    if last < first {
        if !read_line(cx, stream, false)? {
            cx.push(Value::NIL);
        }
        return Ok(1);
    }
    cx.check_stack(last - first + 1 + MIN_STACK, "too many arguments")?;
    let mut count = 0;
    for n in first..=last {
        count += 1;
        if !read_format(cx, stream, n)? {
            cx.push(Value::NIL);
            break;
        }
    }
    Ok(count)
}

/// Reads and pushes one value. False if there is none, and nothing has been pushed.
fn read_format(cx: &mut Cx, stream: &StreamRef, n: usize) -> Result<bool, Failure> {
    if cx.arg(n).is_number() {
        let count = cx.check_int(n)?;
        return match usize::try_from(count) {
            Ok(0) => {
                let more = stream.borrow_mut().peek(cx)?.is_some();
                if more {
                    cx.push(cx.str_value(b""));
                }
                Ok(more)
            }
            Ok(count) => read_bytes(cx, stream, count),
            Err(_) => Err(cx.throw_error(b"resulting string too large").into()),
        };
    }
    let format = c_str(cx.check_str(n)?.as_bytes());
    match format.strip_prefix(b"*").unwrap_or(format).first() {
        Some(b'n') => {
            let number = read_number(&mut stream.borrow_mut(), cx)?;
            if let Some(x) = number {
                cx.push(cx.num(x));
            }
            Ok(number.is_some())
        }
        Some(b'l') => read_line(cx, stream, false),
        Some(b'L') => read_line(cx, stream, true),
        Some(b'a') => {
            if !read_bytes(cx, stream, usize::MAX)? {
                cx.push(cx.str_value(b""));
            }
            Ok(true)
        }
        Some(_) | None => Err(cx.arg_error(n, "invalid format").into()),
    }
}

/// Pushes the next line.
fn read_line(cx: &mut Cx, stream: &StreamRef, keep_newline: bool) -> Result<bool, Failure> {
    let mut line = Output::new();
    loop {
        let (used, wanted, ends) = {
            let mut s = stream.borrow_mut();
            let ahead = s.fill(cx)?;
            let end = memchr::memchr(b'\n', ahead);
            let used = end.map_or(ahead.len(), |i| i + 1);
            let wanted = match end {
                Some(i) if !keep_newline => i,
                _ => used,
            };
            if line.bytes.is_empty() && end.is_some() && wanted <= SMALL {
                // The usual case: the line is in the buffer as a whole.
                cx.push(cx.str_value(&ahead[..wanted]));
                s.consume(used);
                return Ok(true);
            }
            (used, wanted, end.is_some())
        };
        line.reserve(cx, wanted)?;
        {
            let mut s = stream.borrow_mut();
            line.bytes.extend_from_slice(s.fill(cx)?.get(..wanted).unwrap_or_default());
            s.consume(used);
        }
        if ends || used == 0 {
            let read = ends || !line.bytes.is_empty();
            if read {
                line.finish(cx)?;
            }
            return Ok(read);
        }
    }
}

/// Pushes the next `max` bytes, or what there is of them.
fn read_bytes(cx: &mut Cx, stream: &StreamRef, max: usize) -> Result<bool, Failure> {
    if max <= SMALL {
        let mut s = stream.borrow_mut();
        if let Some(wanted) = s.fill(cx)?.get(..max) {
            cx.push(cx.str_value(wanted));
            s.consume(max);
            return Ok(true);
        }
    }
    let mut out = Output::new();
    let expected = stream.borrow().remaining().min(max);
    out.reserve(cx, expected)?;
    while out.bytes.len() < max {
        // The amount read at once grows with what there is already, so memory is asked for in time.
        let step = (max - out.bytes.len()).min(out.bytes.len().clamp(BUFFER, CHUNK));
        out.reserve(cx, step)?;
        let n = stream.borrow_mut().read_some(&mut out.bytes, step, cx)?;
        if n == 0 {
            break;
        }
    }
    if out.bytes.is_empty() {
        return Ok(false);
    }
    out.finish(cx)?;
    Ok(true)
}

/// A numeral as far as it has been read.
struct Numeral<'s> {
    stream: &'s mut Stream,
    patience: &'s dyn Patience,
    text: Vec<u8>,
    too_long: bool,
}

impl Numeral<'_> {
    /// Takes the next byte if it is one of these.
    fn accept(&mut self, wanted: impl Fn(u8) -> bool) -> Result<bool, Failure> {
        match self.stream.peek(self.patience)? {
            Some(b) if wanted(b) => {
                if self.text.len() >= MAX_NUMERAL {
                    self.too_long = true;
                    return Ok(false);
                }
                self.text.push(b);
                self.stream.consume(1);
                Ok(true)
            }
            Some(_) | None => Ok(false),
        }
    }

    fn digits(&mut self, hex: bool) -> Result<usize, Failure> {
        let mut count = 0;
        while self.accept(|b| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() })? {
            count += 1;
        }
        Ok(count)
    }
}

/// Reads the longest prefix of the input that looks like the beginning of a numeral. `None` if that isn't one.
fn read_number(stream: &mut Stream, patience: &dyn Patience) -> Result<Option<Num>, Failure> {
    while matches!(stream.peek(patience)?, Some(b' ' | b'\t'..=b'\r')) {
        stream.consume(1);
    }
    let mut n = Numeral { stream, patience, text: Vec::new(), too_long: false };
    n.accept(|b| b == b'-' || b == b'+')?;
    let mut count = 0;
    let mut hex = false;
    if n.accept(|b| b == b'0')? {
        hex = n.accept(|b| b == b'x' || b == b'X')?;
        count = !hex as usize;
    }
    count += n.digits(hex)?;
    if n.accept(|b| b == b'.')? {
        count += n.digits(hex)?;
    }
    if count > 0 && n.accept(|b| b.eq_ignore_ascii_case(if hex { &b'p' } else { &b'e' }))? {
        n.accept(|b| b == b'-' || b == b'+')?;
        n.digits(false)?;
    }
    Ok(if n.too_long { None } else { parse::str_to_number(&n.text) })
}
