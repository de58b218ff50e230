//! The string library (manual §6.5).
//!
//! The languages within it (patterns, formats, packing) are in `text`; here their functions get arguments, results
//! and errors. [`basic`] has the functions that need no such language; [`search`], [`format`] and [`pack`] have the
//! others; [`arith`] has the arithmetic of strings that read as numbers.
//!
//! **Borrowing.** The bytes of an argument are borrowed from the context, without a copy, as long as nothing runs
//! Lua and nothing reserves memory. What has to do either fetches the bytes again afterwards: arguments stay on the
//! stack. Results of unknown size are built in an [`Output`](buffer::Output), which keeps its memory for the next
//! call.

mod arith;
mod basic;
pub(super) mod buffer;
mod format;
mod pack;
mod search;

use super::{Entry, function_table, set};
use crate::cx::Cx;
use crate::object::Gc;
use crate::table::Table;
use crate::value::{Type, Value};

/// The library's table. Also gives strings their metatable.
pub(super) fn open(cx: &Cx) -> Gc<'_, Table> {
    const FUNCTIONS: &[Entry] = &[
        ("byte", basic::byte),
        ("char", basic::char),
        ("dump", basic::dump),
        ("find", search::find),
        ("format", format::format),
        ("gmatch", search::gmatch),
        ("gsub", search::gsub),
        ("len", basic::len),
        ("lower", basic::lower),
        ("match", search::find_match),
        ("pack", pack::pack),
        ("packsize", pack::packsize),
        ("rep", basic::rep),
        ("reverse", basic::reverse),
        ("sub", basic::sub),
        ("unpack", pack::unpack),
        ("upper", basic::upper),
    ];
    let library = function_table(cx, FUNCTIONS);
    let metatable = arith::metatable(cx);
    set(cx, metatable, "__index", Value::object(library));
    cx.set_type_metatable(Type::String, Some(metatable));
    library
}

/// The position a start argument means, from 1 on: a negative one counts from the end. It may lie beyond the end.
#[inline]
fn start_position(position: i64, len: usize) -> usize {
    if position > 0 {
        position as usize
    } else if position == 0 {
        1
    } else {
        let back = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
        if back > len { 1 } else { len - back + 1 }
    }
}

/// The position an end argument means, from 0 to the length: a negative one counts from the end.
#[inline]
fn end_position(position: i64, len: usize) -> usize {
    if position >= 0 {
        usize::try_from(position).unwrap_or(usize::MAX).min(len)
    } else {
        let back = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
        if back > len { 0 } else { len - back + 1 }
    }
}
