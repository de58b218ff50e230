//! The table library (manual §6.6).
//!
//! Every function respects metamethods, as the manual asks. Tables without a metatable, the common case, are
//! accessed directly.

use super::string::buffer::Output;
use super::{Entry, function_table};
use crate::cx::{Cx, Fault};
use crate::events::Event;
use crate::object::Gc;
use crate::pieces::Steps;
use crate::string::{Str, StrBuilder};
use crate::table::{KeyError, Table};
use crate::value::Value;

mod sort;

/// The library's table.
pub(super) fn open(cx: &Cx) -> Gc<'_, Table> {
    const FUNCTIONS: &[Entry] = &[
        ("concat", concat),
        ("create", create),
        ("insert", insert),
        ("move", move_items),
        ("pack", pack),
        ("remove", remove),
        ("sort", sort::sort),
        ("unpack", unpack),
    ];
    function_table(cx, FUNCTIONS)
}

/// What it costs to look at an element, in bytes looked at.
const STEP: usize = 16;

/// Elements that are moved without a question whether to stop: some tenths of a millisecond.
const AT_ONCE: i64 = 1 << 17;

/// Most fields `create` makes room for.
const MAX_FIELDS: i64 = 1 << 30;

/// What a function does with its table argument.
#[derive(Clone, Copy)]
struct Access {
    read: bool,
    write: bool,
    length: bool,
}

const READ: Access = Access { read: true, write: false, length: true };
const READ_WRITE: Access = Access { read: true, write: true, length: true };

/// Checks that an argument is a table, or has the metamethods to stand for one.
fn check_tabular(cx: &Cx, arg: usize, access: Access) -> Result<(), Fault> {
    let v = cx.arg(arg);
    if v.is_table() {
        return Ok(());
    }
    let has = |needed: bool, e: Event| !needed || !cx.event_of(v, e).is_nil();
    if cx.metatable_of(v).is_some()
        && has(access.read, Event::Index)
        && has(access.write, Event::NewIndex)
        && (v.is_string() || has(access.length, Event::Len))
    {
        return Ok(());
    }
    Err(cx.type_error(arg, "table"))
}

/// The table argument, if it has no metatable and so can be accessed directly.
fn plain_table(cx: &Cx, arg: usize) -> Option<Gc<'_, Table>> {
    cx.arg(arg).downcast::<Table>().filter(|t| t.metatable().is_none())
}

/// The length of a table argument, as `#` says.
fn length(cx: &mut Cx, arg: usize, access: Access) -> Result<i64, Fault> {
    if let Some(t) = plain_table(cx, arg) {
        return Ok(t.len_border());
    }
    check_tabular(cx, arg, access)?;
    cx.length(cx.arg_slot(arg))
}

/// Pushes `arg[i]`.
fn get(cx: &mut Cx, arg: usize, i: i64) -> Result<(), Fault> {
    // The loops of this library go through here, and may be long.
    if cx.poll_requested() {
        cx.safepoint()?;
    }
    if let Some(t) = plain_table(cx, arg) {
        cx.push(t.get_int(i));
        return Ok(());
    }
    cx.push(cx.int(i));
    cx.index(cx.arg_slot(arg))
}

/// Pops a value and assigns `arg[i]` with it.
fn set(cx: &mut Cx, arg: usize, i: i64) -> Result<(), Fault> {
    while let Some(t) = plain_table(cx, arg) {
        match t.set_int(cx.tables(), i, cx.peek(1)) {
            Ok(()) => {
                cx.pop(1);
                return Ok(());
            }
            Err(e @ KeyError::Memory) => cx.make_room_for(e)?,
            Err(_) => return Err(cx.throw_error(b"table overflow")),
        }
    }
    let value = cx.peek(1).bits();
    cx.pop(1);
    cx.push(cx.int(i));
    cx.push(Value::from_bits(value));
    cx.set_index(cx.arg_slot(arg))
}

/// Copies `n` elements from where (an argument and a first index) to where, in the order that is right if both are in
/// one table.
fn copy(cx: &mut Cx, from: (usize, i64), to: (usize, i64), n: i64) -> Result<(), Fault> {
    // As far apart as they can be, their distance is no integer.
    if to.1 <= from.1 || to.1.checked_sub(from.1).is_none_or(|distance| distance >= n) {
        return copy_upwards(cx, from, to, n);
    }
    let mut left = n;
    while left > 0 {
        let piece = left.min(AT_ONCE);
        left -= piece;
        let (source, dest) = ((from.0, from.1 + left), (to.0, to.1 + left));
        if !copy_at_once(cx, source, dest, piece)? {
            for k in (0..piece).rev() {
                get(cx, source.0, source.1 + k)?;
                set(cx, dest.0, dest.1 + k)?;
            }
        }
    }
    Ok(())
}

/// The same from the first to the last.
fn copy_upwards(cx: &mut Cx, from: (usize, i64), to: (usize, i64), n: i64) -> Result<(), Fault> {
    let mut done = 0;
    while done < n {
        let piece = (n - done).min(AT_ONCE);
        let (source, dest) = ((from.0, from.1 + done), (to.0, to.1 + done));
        if !copy_at_once(cx, source, dest, piece)? {
            for k in 0..piece {
                get(cx, source.0, source.1 + k)?;
                set(cx, dest.0, dest.1 + k)?;
            }
        }
        done += piece;
    }
    Ok(())
}

/// Copies at most [`AT_ONCE`] elements if they only have to be moved in memory. False if not: nothing was done then.
fn copy_at_once(cx: &mut Cx, from: (usize, i64), to: (usize, i64), n: i64) -> Result<bool, Fault> {
    // Collections come between pieces; finalizers that run then may change the tables.
    if cx.poll_requested() {
        cx.safepoint()?;
    }
    let tables = plain_table(cx, from.0).zip(plain_table(cx, to.0));
    Ok(tables.is_some_and(|(source, dest)| dest.copy_elements(&cx.heap, to.1, source, from.1, n)))
}

fn create(cx: &mut Cx) -> Result<usize, Fault> {
    let items = cx.check_int(1)?;
    let fields = cx.opt_int(2, 0)?;
    for (n, size) in [(1, items), (2, fields)] {
        if !(0..=i64::from(i32::MAX)).contains(&size) {
            return Err(cx.arg_error(n, "out of range"));
        }
    }
    if fields > MAX_FIELDS {
        return Err(cx.runtime_error("table overflow"));
    }
    cx.reserve(items as usize * 8 + fields as usize * 24)?;
    let t = Table::presized(cx.tables(), items as usize, fields as u32);
    cx.push(Value::object(t));
    Ok(1)
}

fn insert(cx: &mut Cx) -> Result<usize, Fault> {
    let end = length(cx, 1, READ_WRITE)?.wrapping_add(1);
    let pos = match cx.nargs() {
        2 => end,
        3 => {
            let pos = cx.check_int(2)?;
            if (pos as u64).wrapping_sub(1) >= end as u64 {
                return Err(cx.arg_error(2, "position out of bounds"));
            }
            if pos < end {
                // The array grows by the last one.
                get(cx, 1, end - 1)?;
                set(cx, 1, end)?;
                copy(cx, (1, pos), (1, pos + 1), end - 1 - pos)?;
            }
            pos
        }
        _ => return Err(cx.throw_error(b"wrong number of arguments to 'insert'")),
    };
    set(cx, 1, pos)?;
    Ok(0)
}

fn remove(cx: &mut Cx) -> Result<usize, Fault> {
    let size = length(cx, 1, READ_WRITE)?;
    let mut pos = cx.opt_int(2, size)?;
    if pos != size && (pos as u64).wrapping_sub(1) > size as u64 {
        return Err(cx.arg_error(2, "position out of bounds"));
    }
    get(cx, 1, pos)?;
    if pos < size {
        copy(cx, (1, pos + 1), (1, pos), size - pos)?;
        pos = size;
    }
    cx.push(Value::NIL);
    set(cx, 1, pos)?;
    Ok(1)
}

fn move_items(cx: &mut Cx) -> Result<usize, Fault> {
    let (first, last, to) = (cx.check_int(2)?, cx.check_int(3)?, cx.check_int(4)?);
    let dest = if cx.is_none_or_nil(5) { 1 } else { 5 };
    check_tabular(cx, 1, Access { read: true, write: false, length: false })?;
    check_tabular(cx, dest, Access { read: false, write: true, length: false })?;
    if last >= first {
        if first <= 0 && last >= i64::MAX.wrapping_add(first) {
            return Err(cx.arg_error(3, "too many elements to move"));
        }
        let n = last - first + 1;
        if to > i64::MAX - n + 1 {
            return Err(cx.arg_error(4, "destination wrap around"));
        }
        let (source_slot, dest_slot) = (cx.arg_slot(1), cx.arg_slot(dest));
        let overlap = to > first && to <= last;
        if overlap && dest != 1 && !cx.equal(source_slot, dest_slot)? {
            copy_upwards(cx, (1, first), (dest, to), n)?;
        } else {
            copy(cx, (1, first), (dest, to), n)?;
        }
    }
    cx.push(cx.arg(dest));
    Ok(1)
}

fn concat(cx: &mut Cx) -> Result<usize, Fault> {
    let size = length(cx, 1, READ)?;
    cx.opt_str(2)?;
    let first = cx.opt_int(3, 1)?;
    let last = cx.opt_int(4, size)?;
    if plain_table(cx, 1).is_some() {
        return concat_plain(cx, first, last);
    }
    let mut out = Output::new();
    let mut i = first;
    while i <= last {
        get(cx, 1, i)?;
        if !out.push_slot(cx, cx.arg_slot(cx.nargs()))? {
            return Err(concat_error(cx, cx.peek(1), i));
        }
        cx.pop(1);
        if i == last {
            break;
        }
        if !cx.is_none_or_nil(2) {
            out.push_slot(cx, cx.arg_slot(2))?;
        }
        i += 1;
    }
    out.finish(cx)
}

fn concat_error(cx: &Cx, v: Value<'_>, i: i64) -> Fault {
    let type_name = v.type_of().name();
    cx.throw_error(
        format!("invalid value ({type_name}) at index {i} in table for 'concat'").as_bytes(),
    )
}

/// `concat` of a table without metatable: measures first, so that the result is built in place.
fn concat_plain(cx: &mut Cx, first: i64, last: i64) -> Result<usize, Fault> {
    let separator = cx.opt_str(2)?.map_or(0, |s| s.len());
    let mut total = 0usize;
    let mut i = first;
    if let Some(t) = plain_table(cx, 1) {
        let mut steps = Steps::default();
        while i <= last {
            steps.count(cx, STEP)?;
            let v = t.get_int(i);
            total = total.saturating_add(match v.downcast::<Str>() {
                Some(s) => s.len(),
                None if v.is_number() => 32,
                None => return Err(concat_error(cx, v, i)),
            });
            if i < last {
                total = total.saturating_add(separator);
            } else {
                break;
            }
            i += 1;
        }
    }
    cx.reserve(total)?;
    let separator = cx.opt_str(2)?.map_or(&b""[..], |s| s.as_bytes());
    let Some(t) = plain_table(cx, 1) else { return Ok(0) };
    let mut out = StrBuilder::with_capacity(&cx.heap, total);
    let mut i = first;
    let mut steps = Steps::default();
    while i <= last {
        if let Some(s) = cx.to_str(t.get_int(i)) {
            steps.count(cx, s.len() + separator.len() + STEP)?;
            cx.add_bytes(&mut out, s.as_bytes())?;
        }
        if i == last {
            break;
        }
        cx.add_bytes(&mut out, separator)?;
        i += 1;
    }
    let s = out.finish(&cx.strings);
    cx.push(Value::object(s));
    Ok(1)
}

fn pack(cx: &mut Cx) -> Result<usize, Fault> {
    let n = cx.nargs();
    cx.reserve(n * 8)?;
    let t = cx.new_table(n, 1);
    for i in 1..=n {
        if let Err(e) = t.set_int(cx.tables(), i as i64, cx.arg(i)) {
            return Err(cx.key_error(e));
        }
    }
    t.set_str(cx.tables(), cx.string(b"n"), cx.int(n as i64));
    cx.push(Value::object(t));
    Ok(1)
}

fn unpack(cx: &mut Cx) -> Result<usize, Fault> {
    let size = length(cx, 1, READ)?;
    let first = cx.opt_int(2, 1)?;
    let last = cx.opt_int(3, size)?;
    if first > last {
        return Ok(0);
    }
    let n = (last as u64).wrapping_sub(first as u64);
    let room = crate::tuning::MAX_STACK.saturating_sub(cx.nargs()) as u64;
    if n >= room || cx.check_stack(n as usize + 1, "").is_err() {
        return Err(cx.throw_error(b"too many results to unpack"));
    }
    if let Some(t) = plain_table(cx, 1) {
        for k in 0..=n {
            cx.push(t.get_int(first.wrapping_add(k as i64)));
        }
    } else {
        for k in 0..=n {
            get(cx, 1, first.wrapping_add(k as i64))?;
        }
    }
    Ok(n as usize + 1)
}
