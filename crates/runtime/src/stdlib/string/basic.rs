//! The functions on bytes: `byte`, `char`, `len`, `lower`, `rep`, `reverse`, `sub`, `upper`; and `dump`.

use super::buffer::reserve;
use super::{end_position, start_position};
use crate::cx::{Cx, Fault};
use crate::function::Closure;
use crate::pieces::{PIECE, Steps};
use crate::stdlib::MAX_STRING;
use crate::string::{MAX_SHORT, StrBuilder};
use crate::value::Value;
use std::ops::Range;

pub(super) fn len(cx: &mut Cx) -> Result<usize, Fault> {
    let n = cx.check_str(1)?.len();
    cx.push(cx.int(n as i64));
    Ok(1)
}

pub(super) fn sub(cx: &mut Cx) -> Result<usize, Fault> {
    let s = cx.check_str(1)?;
    let len = s.len();
    let start = start_position(cx.check_int(2)?, len);
    let end = end_position(cx.opt_int(3, -1)?, len);
    if start > end {
        cx.push(cx.str_value(b""));
    } else if end - start + 1 == len {
        cx.push(Value::object(s));
    } else {
        reserve(cx, end - start + 1)?;
        let s = cx.check_str(1)?.as_bytes();
        cx.push(Value::object(cx.any_string(s.get(start - 1..end).unwrap_or_default())?));
    }
    Ok(1)
}

pub(super) fn byte(cx: &mut Cx) -> Result<usize, Fault> {
    let s = cx.check_str(1)?.as_bytes();
    let first = cx.opt_int(2, 1)?;
    let start = start_position(first, s.len());
    let end = end_position(cx.opt_int(3, first)?, s.len());
    if start > end {
        return Ok(0);
    }
    let bytes = s.get(start - 1..end).unwrap_or_default();
    if let [byte] = bytes {
        cx.push(Value::small_int(i32::from(*byte)));
        return Ok(1);
    }
    if bytes.len() > i32::MAX as usize {
        return Err(cx.throw_error(b"string slice too long"));
    }
    cx.check_stack(bytes.len(), "string slice too long")?;
    for byte in bytes {
        cx.push(Value::small_int(i32::from(*byte)));
    }
    Ok(bytes.len())
}

pub(super) fn char(cx: &mut Cx) -> Result<usize, Fault> {
    let n = cx.nargs();
    if n <= MAX_SHORT {
        let mut bytes = [0; MAX_SHORT];
        for (i, slot) in bytes.iter_mut().take(n).enumerate() {
            *slot = check_byte(cx, i + 1)?;
        }
        cx.push(cx.str_value(bytes.get(..n).unwrap_or_default()));
    } else {
        reserve(cx, n)?;
        let mut b = StrBuilder::with_capacity(&cx.heap, n);
        for i in 1..=n {
            b.push_byte(check_byte(cx, i)?);
        }
        cx.push(Value::object(b.finish(&cx.strings)));
    }
    Ok(1)
}

fn check_byte(cx: &Cx, n: usize) -> Result<u8, Fault> {
    u8::try_from(cx.check_int(n)?).map_err(|_| cx.arg_error(n, "value out of range"))
}

/// Pushes argument 1 with its bytes changed in place, piece by piece, which come in order or from the last to the first.
fn changed(cx: &mut Cx, backwards: bool, change: fn(&mut [u8])) -> Result<usize, Fault> {
    let len = cx.check_str(1)?.len();
    reserve(cx, len)?;
    let s = cx.check_str(1)?.as_bytes();
    let mut short = [0; MAX_SHORT];
    if let Some(bytes) = short.get_mut(..len) {
        bytes.copy_from_slice(s);
        change(bytes);
        cx.push(cx.str_value(bytes));
    } else {
        let mut b = StrBuilder::with_capacity(&cx.heap, len);
        let change_piece = |piece: Range<usize>| {
            let start = b.len();
            b.push(s.get(piece).unwrap_or_default());
            change(b.bytes_mut().get_mut(start..).unwrap_or_default());
        };
        if backwards {
            cx.in_pieces_backwards(0..len, change_piece)?;
        } else {
            cx.in_pieces(0..len, change_piece)?;
        }
        cx.push(Value::object(b.finish(&cx.strings)));
    }
    Ok(1)
}

pub(super) fn lower(cx: &mut Cx) -> Result<usize, Fault> {
    changed(cx, false, <[u8]>::make_ascii_lowercase)
}

pub(super) fn upper(cx: &mut Cx) -> Result<usize, Fault> {
    changed(cx, false, <[u8]>::make_ascii_uppercase)
}

pub(super) fn reverse(cx: &mut Cx) -> Result<usize, Fault> {
    changed(cx, true, <[u8]>::reverse)
}

pub(super) fn rep(cx: &mut Cx) -> Result<usize, Fault> {
    let len = cx.check_str(1)?.len();
    let n = cx.check_int(2)?;
    let separator = cx.opt_str(3)?.map_or(0, |s| s.len());
    if n <= 0 || (len == 0 && separator == 0) {
        cx.push(cx.str_value(b""));
        return Ok(1);
    }
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    let with_last = len.checked_add(separator).and_then(|item| item.checked_mul(n));
    let total = with_last.filter(|total| *total <= MAX_STRING).map(|total| total - separator);
    let Some(total) = total.filter(|total| *total < MAX_STRING) else {
        return Err(cx.throw_error(b"resulting string too large"));
    };
    reserve(cx, total)?;
    let s = cx.check_str(1)?.as_bytes();
    let separator = cx.opt_str(3)?.map_or(&b""[..], |s| s.as_bytes());
    let mut b = StrBuilder::with_capacity(&cx.heap, total);
    if separator.is_empty() {
        push_repeated(cx, &mut b, s, n)?;
    } else if len + separator.len() < GATHERED {
        push_repeated(cx, &mut b, &[s, separator].concat(), n - 1)?;
        b.push(s);
    } else {
        let mut steps = Steps::default();
        for _ in 1..n {
            steps.count(cx, len + separator.len())?;
            cx.add_bytes(&mut b, s)?;
            cx.add_bytes(&mut b, separator)?;
        }
        cx.add_bytes(&mut b, s)?;
    }
    cx.push(Value::object(b.finish(&cx.strings)));
    Ok(1)
}

/// How many bytes of a short repeated string are copied at once.
const GATHERED: usize = 512;

/// Adds `item` so many times. Short items are gathered first: adding many bytes at once is faster.
fn push_repeated(cx: &Cx, b: &mut StrBuilder<'_>, item: &[u8], times: usize) -> Result<(), Fault> {
    if item.is_empty() {
        return Ok(());
    }
    let per_chunk = GATHERED / item.len();
    if per_chunk < 2 || times < 4 {
        return push_each(cx, b, item, times);
    }
    let mut gathered = [0; GATHERED];
    let count = per_chunk.min(times);
    for chunk in gathered.chunks_exact_mut(item.len()).take(count) {
        chunk.copy_from_slice(item);
    }
    let chunk = gathered.get(..count * item.len()).unwrap_or_default();
    push_each(cx, b, chunk, times / count)?;
    b.push(chunk.get(..times % count * item.len()).unwrap_or_default());
    Ok(())
}

/// Adds `item` so many times, one by one.
fn push_each(cx: &Cx, b: &mut StrBuilder<'_>, item: &[u8], times: usize) -> Result<(), Fault> {
    let at_once = (PIECE / item.len()).max(1);
    let mut left = times;
    while left > 0 {
        cx.check_interrupt()?;
        if item.len() > PIECE {
            cx.add_bytes(b, item)?;
        } else {
            b.push_repeated(item, left.min(at_once));
        }
        left -= left.min(at_once);
    }
    Ok(())
}

/// The function as a binary chunk; without debug information if argument 2 is true.
pub(super) fn dump(cx: &mut Cx) -> Result<usize, Fault> {
    let Some(f) = cx.arg(1).downcast::<Closure>() else {
        return Err(cx.arg_error(1, "Lua function expected"));
    };
    let (data, strip) = (&f.proto().data, !cx.arg(2).is_falsy());
    let go_on = || cx.check_interrupt().is_ok();
    let Some(chunk) = perilune_bytecode::chunk::dump_while(data, strip, &go_on) else {
        cx.check_interrupt()?;
        return Ok(0);
    };
    let fingerprint = cx.fingerprint(&chunk)?;
    cx.accepted.remember(fingerprint);
    reserve(cx, chunk.len())?;
    cx.push(Value::object(cx.any_string(&chunk)?));
    Ok(1)
}
