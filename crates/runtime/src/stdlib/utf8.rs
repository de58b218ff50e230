//! The UTF-8 library (manual §6.6). Encoding and decoding are in `text::utf8`.

use super::string::buffer::Output;
use super::{Entry, function_table, set};
use crate::cx::{Cx, Fault};
use crate::function::{Behaviour, Native};
use crate::object::Gc;
use crate::pieces::Steps;
use crate::table::Table;
use crate::text::utf8::{CHAR_PATTERN, INVALID_CODE, MAX_VALUE, continues_at, decode, encode};
use crate::value::Value;

/// What it costs to decode a character, in bytes looked at.
const STEP: usize = 4;

/// The library's table.
pub(super) fn open(cx: &Cx) -> Gc<'_, Table> {
    const FUNCTIONS: &[Entry] =
        &[("char", char), ("codepoint", codepoint), ("len", len), ("offset", offset)];
    let library = function_table(cx, FUNCTIONS);
    set(cx, library, "charpattern", cx.str_value(CHAR_PATTERN));
    let strict = cx.native("codes_step", |cx| codes_step(cx, true));
    let lax = cx.native("codes_step", |cx| codes_step(cx, false));
    let codes = Native::new(&cx.heap, "codes", codes, Behaviour::Plain, &[strict, lax]);
    set(cx, library, "codes", Value::object(codes));
    library
}

/// The position an argument means: a negative one counts from the end, and is 0 before the beginning.
fn relative_position(position: i64, len: usize) -> i64 {
    if position >= 0 {
        position
    } else if position.unsigned_abs() > len as u64 {
        0
    } else {
        len as i64 + position + 1
    }
}

#[cold]
fn invalid_code(cx: &Cx) -> Fault {
    cx.throw_error(INVALID_CODE.as_bytes())
}

/// Decodes the sequence at `at`.
#[inline]
fn decode_at(text: &[u8], at: usize, strict: bool) -> Option<(u32, usize)> {
    decode(text.get(at..)?, strict)
}

fn len(cx: &mut Cx) -> Result<usize, Fault> {
    let text = cx.check_str(1)?.as_bytes();
    let bytes = text.len() as i64;
    let first = relative_position(cx.opt_int(2, 1)?, text.len()) - 1;
    let last = relative_position(cx.opt_int(3, -1)?, text.len()) - 1;
    let strict = cx.arg(4).is_falsy();
    if !(0..=bytes).contains(&first) {
        return Err(cx.arg_error(2, "initial position out of bounds"));
    }
    if last >= bytes {
        return Err(cx.arg_error(3, "final position out of bounds"));
    }
    let mut at = first as usize;
    let end = (last + 1) as usize;
    let mut count = 0;
    let mut steps = Steps::default();
    while at < end {
        steps.count(cx, STEP)?;
        let Some((_, length)) = decode_at(text, at, strict) else {
            cx.push(Value::NIL);
            cx.push(cx.int(at as i64 + 1));
            return Ok(2);
        };
        at += length;
        count += 1;
    }
    cx.push(cx.int(count));
    Ok(1)
}

fn codepoint(cx: &mut Cx) -> Result<usize, Fault> {
    let text = cx.check_str(1)?.as_bytes();
    let first = relative_position(cx.opt_int(2, 1)?, text.len());
    let last = relative_position(cx.opt_int(3, first)?, text.len());
    let strict = cx.arg(4).is_falsy();
    if first < 1 {
        return Err(cx.arg_error(2, "out of bounds"));
    }
    if last > text.len() as i64 {
        return Err(cx.arg_error(3, "out of bounds"));
    }
    if first > last {
        return Ok(0);
    }
    if last - first >= i64::from(i32::MAX) {
        return Err(cx.throw_error(b"string slice too long"));
    }
    cx.check_stack((last - first) as usize + 1, "string slice too long")?;
    let mut at = first as usize - 1;
    let mut count = 0;
    while at < last as usize {
        let Some((code, length)) = decode_at(text, at, strict) else {
            return Err(invalid_code(cx));
        };
        cx.push(cx.int(i64::from(code)));
        at += length;
        count += 1;
    }
    Ok(count)
}

/// The most bytes of a character.
const MAX_LENGTH: usize = 6;

fn char(cx: &mut Cx) -> Result<usize, Fault> {
    let mut out = Output::new();
    out.reserve(cx, cx.nargs() * MAX_LENGTH)?;
    for n in 1..=cx.nargs() {
        match u32::try_from(cx.check_int(n)?) {
            Ok(code) if code <= MAX_VALUE => encode(&mut out.bytes, code),
            Ok(_) | Err(_) => return Err(cx.arg_error(n, "value out of range")),
        }
    }
    out.finish(cx)
}

fn offset(cx: &mut Cx) -> Result<usize, Fault> {
    let text = cx.check_str(1)?.as_bytes();
    let mut n = cx.check_int(2)?;
    let default = if n >= 0 { 1 } else { text.len() as i64 + 1 };
    let position = relative_position(cx.opt_int(3, default)?, text.len()) - 1;
    let at = usize::try_from(position).ok().filter(|at| *at <= text.len());
    let Some(mut at) = at else {
        return Err(cx.arg_error(3, "position out of bounds"));
    };
    let inside = || cx.throw_error(b"initial position is a continuation byte");
    let mut steps = Steps::default();
    if n == 0 {
        while at > 0 && continues_at(text, at) {
            steps.count(cx, STEP)?;
            at -= 1;
        }
    } else if continues_at(text, at) {
        return Err(inside());
    } else if n < 0 {
        while n < 0 && at > 0 {
            at -= 1;
            while at > 0 && continues_at(text, at) {
                steps.count(cx, STEP)?;
                at -= 1;
            }
            steps.count(cx, STEP)?;
            n += 1;
        }
    } else {
        n -= 1;
        while n > 0 && at < text.len() {
            at += 1;
            while continues_at(text, at) {
                steps.count(cx, STEP)?;
                at += 1;
            }
            steps.count(cx, STEP)?;
            n -= 1;
        }
    }
    if n != 0 {
        cx.push(Value::NIL);
        return Ok(1);
    }
    cx.push(cx.int(at as i64 + 1));
    if text.get(at).is_some_and(|b| *b >= 0x80) {
        if continues_at(text, at) {
            return Err(inside());
        }
        while continues_at(text, at + 1) {
            steps.count(cx, STEP)?;
            at += 1;
        }
    }
    cx.push(cx.int(at as i64 + 1));
    Ok(2)
}

fn codes(cx: &mut Cx) -> Result<usize, Fault> {
    let text = cx.check_str(1)?;
    if continues_at(text.as_bytes(), 0) {
        return Err(cx.arg_error(1, INVALID_CODE));
    }
    let lax = !cx.arg(2).is_falsy();
    let step = cx.upvalue(usize::from(lax));
    cx.push(step);
    cx.push(Value::object(text));
    cx.push(Value::small_int(0));
    Ok(3)
}

/// The control value is the position of the previous character, from 1, which is where its continuation bytes
/// begin, from 0.
fn codes_step(cx: &mut Cx, strict: bool) -> Result<usize, Fault> {
    let text = cx.check_str(1)?.as_bytes();
    let control = cx.to_int(cx.arg(2)).unwrap_or(0);
    let mut at = usize::try_from(control).unwrap_or(usize::MAX);
    let mut steps = Steps::default();
    while continues_at(text, at) {
        steps.count(cx, STEP)?;
        at += 1;
    }
    if at >= text.len() {
        return Ok(0);
    }
    match decode_at(text, at, strict) {
        Some((code, length)) if !continues_at(text, at + length) => {
            cx.push(cx.int(at as i64 + 1));
            cx.push(cx.int(i64::from(code)));
            Ok(2)
        }
        Some(_) | None => Err(invalid_code(cx)),
    }
}
