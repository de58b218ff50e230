//! `pack`, `packsize` and `unpack`.
//!
//! While they walk a format they borrow it, and `unpack` the data, from the context; so they can't reserve memory in
//! the middle. Instead they have a *budget* of bytes. If the next item would exceed it they stop and say how much
//! they need; the caller reserves that and starts again. Nothing observable has happened before, and few formats
//! ever need it.

use super::buffer::Output;
use super::start_position;
use crate::cx::{Cx, Fault};
use crate::pieces::Steps;
use crate::stdlib::MAX_STRING;
use crate::text::pack::{
    self, Item, Kind, PackError, Reader, get_double, get_float, get_int, int_fits, put_double,
    put_float, put_int, uint_fits,
};
use crate::tuning::UNANNOUNCED;
use crate::value::Value;

/// What an item costs, in bytes looked at.
const STEP: usize = 64;

/// Why a walk ended early.
enum Stop {
    /// With an error.
    Fault(Fault),
    /// It needs a budget of so many bytes.
    Budget(usize),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

/// Runs a walk with ever larger budgets until it gets through.
fn with_budget<R>(
    cx: &mut Cx,
    mut walk: impl FnMut(&Cx, usize) -> Result<R, Stop>,
) -> Result<R, Fault> {
    let mut budget = UNANNOUNCED;
    loop {
        match walk(cx, budget) {
            Ok(result) => return Ok(result),
            Err(Stop::Fault(fault)) => return Err(fault),
            Err(Stop::Budget(needed)) => {
                cx.reserve(needed)?;
                // Growing by much each time keeps the repetitions few, and asks for nothing.
                budget = needed.max(budget.saturating_mul(4));
            }
        }
    }
}

#[cold]
fn pack_error(cx: &Cx, e: &PackError) -> Fault {
    if e.is_argument_error() {
        cx.arg_error_bytes(1, &e.message())
    } else {
        cx.throw_error(&e.message())
    }
}

/// The next item of a format; see [`Reader::next`].
fn next_item(cx: &Cx, reader: &mut Reader<'_>, offset: usize) -> Result<Option<Item>, Fault> {
    reader.next(offset).map_err(|e| pack_error(cx, &e))
}

pub(super) fn pack(cx: &mut Cx) -> Result<usize, Fault> {
    cx.check_str(1)?;
    // Makes the first missing argument nil rather than absent: the reference implementation reports it so.
    cx.push(Value::NIL);
    let mut out = Output::new();
    let mut budget = UNANNOUNCED;
    loop {
        out.bytes.clear();
        match pack_within(cx, &mut out.bytes, budget) {
            Ok(()) => return out.finish(cx),
            Err(Stop::Fault(fault)) => return Err(fault),
            Err(Stop::Budget(needed)) => {
                out.bytes.clear();
                out.reserve(cx, needed)?;
                budget = out.bytes.capacity().max(needed);
            }
        }
    }
}

fn pack_within(cx: &Cx, out: &mut Vec<u8>, budget: usize) -> Result<(), Stop> {
    let mut reader = Reader::new(cx.check_str(1)?.as_bytes());
    let mut arg = 1;
    let mut steps = Steps::default();
    while let Some(item) = next_item(cx, &mut reader, out.len())? {
        steps.count(cx, STEP)?;
        let size = item.padding + item.size;
        if size > MAX_STRING - out.len() {
            return Err(cx.arg_error(arg, "result too long").into());
        }
        if out.len() + size > budget {
            return Err(Stop::Budget(out.len() + size));
        }
        out.resize(out.len() + item.padding, 0);
        match item.kind {
            Kind::Padding => out.push(0),
            Kind::Align | Kind::Nothing => {}
            Kind::Int
            | Kind::Uint
            | Kind::Float
            | Kind::Double
            | Kind::FixedString
            | Kind::CountedString
            | Kind::ZeroString => {
                arg += 1;
                pack_value(cx, item, arg, out, budget)?;
            }
        }
    }
    Ok(())
}

fn pack_value(
    cx: &Cx,
    item: Item,
    arg: usize,
    out: &mut Vec<u8>,
    budget: usize,
) -> Result<(), Stop> {
    let Item { kind, size, little_endian, .. } = item;
    let check = |ok: bool, message: &str| if ok { Ok(()) } else { Err(cx.arg_error(arg, message)) };
    match kind {
        Kind::Int => {
            let value = cx.check_int(arg)?;
            check(int_fits(value, size), "integer overflow")?;
            put_int(out, value, size, little_endian, true);
        }
        Kind::Uint => {
            let value = cx.check_int(arg)?;
            check(uint_fits(value as u64, size), "unsigned overflow")?;
            put_int(out, value, size, little_endian, false);
        }
        Kind::Float => put_float(out, cx.check_float(arg)?, little_endian),
        Kind::Double => put_double(out, cx.check_float(arg)?, little_endian),
        Kind::FixedString => {
            let s = cx.check_str(arg)?.as_bytes();
            check(s.len() <= size, "string longer than given size")?;
            cx.add_bytes(out, s)?;
            cx.in_pieces(0..size - s.len(), |piece| out.resize(out.len() + piece.len(), 0))?;
        }
        Kind::CountedString => {
            let s = cx.check_str(arg)?.as_bytes();
            let fits = uint_fits(s.len() as u64, size);
            check(fits, "string length does not fit in given size")?;
            within(budget, out.len() + size, s.len())?;
            put_int(out, s.len() as i64, size, little_endian, false);
            cx.add_bytes(out, s)?;
        }
        Kind::ZeroString => {
            let s = cx.check_str(arg)?.as_bytes();
            check(cx.find_byte(s, 0)?.is_none(), "string contains zeros")?;
            within(budget, out.len() + 1, s.len())?;
            cx.add_bytes(out, s)?;
            out.push(0);
        }
        Kind::Padding | Kind::Align | Kind::Nothing => {}
    }
    Ok(())
}

/// Stops if `more` bytes after `used` exceed the budget.
fn within(budget: usize, used: usize, more: usize) -> Result<(), Stop> {
    let needed = used.saturating_add(more);
    if needed > budget { Err(Stop::Budget(needed)) } else { Ok(()) }
}

pub(super) fn packsize(cx: &mut Cx) -> Result<usize, Fault> {
    let mut reader = Reader::new(cx.check_str(1)?.as_bytes());
    let mut total = 0usize;
    let mut steps = Steps::default();
    while let Some(item) = next_item(cx, &mut reader, total)? {
        steps.count(cx, STEP)?;
        if matches!(item.kind, Kind::CountedString | Kind::ZeroString) {
            return Err(cx.arg_error(1, "variable-length format"));
        }
        let size = item.size + item.padding;
        total = match total.checked_add(size) {
            Some(total) if total <= pack::MAX_SIZE => total,
            Some(_) | None => return Err(cx.arg_error(1, "format result too large")),
        };
    }
    cx.push(cx.int(total as i64));
    Ok(1)
}

pub(super) fn unpack(cx: &mut Cx) -> Result<usize, Fault> {
    cx.check_str(1)?;
    let len = cx.check_str(2)?.len();
    let start = start_position(cx.opt_int(3, 1)?, len) - 1;
    if start > len {
        return Err(cx.arg_error(3, "initial position out of string"));
    }
    let top = cx.top.get();
    with_budget(cx, |cx, budget| {
        cx.top.set(top);
        unpack_within(cx, start, budget)
    })
}

/// Pushes the values and the position after them; returns how many.
fn unpack_within(cx: &Cx, start: usize, budget: usize) -> Result<usize, Stop> {
    let mut reader = Reader::new(cx.check_str(1)?.as_bytes());
    let data = cx.check_str(2)?.as_bytes();
    let mut at = start;
    let mut count = 0;
    // Bytes of strings pushed.
    let mut used = 0;
    let mut steps = Steps::default();
    while let Some(item) = next_item(cx, &mut reader, at)? {
        steps.count(cx, STEP)?;
        if item.padding + item.size > data.len() - at {
            return Err(cx.arg_error(2, "data string too short").into());
        }
        at += item.padding;
        let (bytes, rest) = data.get(at..).unwrap_or_default().split_at(item.size);
        at += item.size;
        cx.check_stack(2, "too many results")?;
        let little = item.little_endian;
        let integer = |signed| get_int(bytes, little, signed).map_err(|e| pack_error(cx, &e));
        let string = match item.kind {
            Kind::Padding | Kind::Align | Kind::Nothing => continue,
            Kind::Int | Kind::Uint => {
                cx.push(cx.int(integer(item.kind == Kind::Int)?));
                None
            }
            Kind::Float => {
                cx.push(Value::float(get_float(bytes, little).unwrap_or_default()));
                None
            }
            Kind::Double => {
                cx.push(Value::float(get_double(bytes, little).unwrap_or_default()));
                None
            }
            Kind::FixedString => Some(bytes),
            Kind::CountedString => {
                let len = integer(false)? as u64;
                let s = usize::try_from(len).ok().and_then(|len| rest.get(..len));
                let s = s.ok_or_else(|| cx.arg_error(2, "data string too short"))?;
                at += s.len();
                Some(s)
            }
            Kind::ZeroString => {
                let len = cx.find_byte(rest, 0)?;
                let s = len.and_then(|len| rest.get(..len));
                let s = s.ok_or_else(|| cx.arg_error(2, "unfinished string for format 'z'"))?;
                at += s.len() + 1;
                Some(s)
            }
        };
        if let Some(s) = string {
            within(budget, used, s.len())?;
            used += s.len();
            cx.push(Value::object(cx.any_string(s)?));
        }
        count += 1;
    }
    cx.push(cx.int(at as i64 + 1));
    Ok(count + 1)
}
