//! Time and dates.
//!
//! **Problem.** Time zones, daylight saving and the normalization of `mktime` are the C library's, and programs
//! compare against what other programs on the same machine say. So they are left to it.
//!
//! **Design.** The four functions that need `unsafe` ([`broken_down`], [`to_time`], [`format_item`],
//! [`cpu_seconds`]) wrap one C function each and are safe for all arguments; the library's functions are written in
//! terms of them.

use crate::cx::{Cx, Fault};
use crate::object::Gc;
use crate::pieces::Steps;
use crate::stdlib::io::host::c_str;
use crate::stdlib::set;
use crate::stdlib::string::buffer::Output;
use crate::table::Table;
use crate::value::Value;
use libc::{c_int, time_t, tm};
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::time::SystemTime;

/// Conversions of `strftime` in C99: single characters, and those that follow the modifiers `E` and `O`.
const PLAIN: &[u8] = b"aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
const AFTER_E: &[u8] = b"cCxXyY";
const AFTER_O: &[u8] = b"deHImMSuUVwWy";
/// Room for the text of one conversion.
const ITEM_SIZE: usize = 250;
/// What is asked for for each, of which most take less.
const USUAL_ITEM: usize = 40;

// ---- what the C library does ---------------------------------------------------------------------------------

/// The calendar time of a moment, in UTC or local time; `None` if the year is out of range.
fn broken_down(t: time_t, utc: bool) -> Option<tm> {
    let mut out = MaybeUninit::<tm>::zeroed();
    // SAFETY: both pointers are valid for the call.
    let result = unsafe {
        if utc {
            libc::gmtime_r(&t, out.as_mut_ptr())
        } else {
            libc::localtime_r(&t, out.as_mut_ptr())
        }
    };
    // SAFETY: zeroes are a valid `tm` (numbers and a null pointer), and the call may only have filled it in.
    (!result.is_null()).then(|| unsafe { out.assume_init() })
}

/// The moment of a local calendar time, whose fields are brought into range; −1 if there is none.
fn to_time(t: &mut tm) -> time_t {
    // SAFETY: the pointer is valid for the call; any numbers may be in the fields.
    unsafe { libc::mktime(t) }
}

/// The text of a conversion for a time that comes from [`broken_down`].
fn format_item(conversion: &[u8], t: &tm) -> Vec<u8> {
    let Ok(format) = CString::new([b"%", conversion].concat()) else { return Vec::new() };
    let mut out = vec![0u8; ITEM_SIZE];
    // SAFETY: the buffer has this size, the format ends in a zero byte, and all of the fields are in range and the
    // name of the zone is the C library's own.
    let n = unsafe { libc::strftime(out.as_mut_ptr().cast(), out.len(), format.as_ptr(), t) };
    out.truncate(n);
    out
}

/// Processor time used by the process, in seconds.
pub(super) fn cpu_seconds() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for the call, which can fail only for clocks that don't exist.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
    // As `clock` does, in microseconds.
    t.tv_sec as f64 + (t.tv_nsec / 1000) as f64 / 1e6
}

fn now() -> time_t {
    match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => since.as_secs() as time_t,
        Err(before) => -(before.duration().as_secs() as time_t),
    }
}

// ---- tables ----------------------------------------------------------------------------------------------------

/// The fields of a date table, by name, in the order in which they are set.
fn fields(t: &tm) -> [(&'static str, i64); 8] {
    [
        ("year", t.tm_year as i64 + 1900),
        ("month", t.tm_mon as i64 + 1),
        ("day", t.tm_mday as i64),
        ("hour", t.tm_hour as i64),
        ("min", t.tm_min as i64),
        ("sec", t.tm_sec as i64),
        ("yday", t.tm_yday as i64 + 1),
        ("wday", t.tm_wday as i64 + 1),
    ]
}

/// What the field for daylight saving time says; `None` if that isn't known.
fn dst_field(t: &tm) -> Option<bool> {
    (t.tm_isdst >= 0).then_some(t.tm_isdst != 0)
}

fn date_table<'g>(cx: &'g Cx, t: &tm) -> Gc<'g, Table> {
    let table = cx.new_table(0, 9);
    for (name, v) in fields(t) {
        set(cx, table, name, cx.int(v));
    }
    if let Some(dst) = dst_field(t) {
        set(cx, table, "isdst", Value::bool(dst));
    }
    table
}

/// Sets the fields of the table that is argument 1, as an assignment does.
fn update_table(cx: &mut Cx, t: &tm) -> Result<(), Fault> {
    for (name, v) in fields(t) {
        cx.push(cx.str_value(name.as_bytes()));
        cx.push(cx.int(v));
        cx.set_index(cx.arg_slot(1))?;
    }
    if let Some(dst) = dst_field(t) {
        cx.push(cx.str_value(b"isdst"));
        cx.push(Value::bool(dst));
        cx.set_index(cx.arg_slot(1))?;
    }
    Ok(())
}

/// Pushes a field of the table that is argument 1.
fn push_field(cx: &mut Cx, name: &str) -> Result<(), Fault> {
    cx.push(cx.str_value(name.as_bytes()));
    cx.index(cx.arg_slot(1))
}

/// A field of the table that is argument 1 as C has it: less by `delta`. Without a default, it must be there.
fn int_field(
    cx: &mut Cx,
    name: &str,
    default: Option<c_int>,
    delta: c_int,
) -> Result<c_int, Fault> {
    push_field(cx, name)?;
    let v = cx.peek(1);
    let result = match cx.to_int(v) {
        Some(i) => i
            .checked_sub(delta as i64)
            .and_then(|i| c_int::try_from(i).ok())
            .ok_or_else(|| format!("field '{name}' is out-of-bound")),
        None if !v.is_nil() => Err(format!("field '{name}' is not an integer")),
        None => default.ok_or_else(|| format!("field '{name}' missing in date table")),
    };
    cx.pop(1);
    result.map_err(|message| cx.throw_error(message.as_bytes()))
}

// ---- the library's functions -----------------------------------------------------------------------------------

/// `os.time`
pub(super) fn time(cx: &mut Cx) -> Result<usize, Fault> {
    let t = if cx.is_none_or_nil(1) {
        now()
    } else {
        cx.check_table(1)?;
        cx.set_nargs(1);
        // SAFETY: zeroes are a valid `tm`: numbers and, on some systems, a null pointer.
        let mut fields: tm = unsafe { std::mem::zeroed() };
        fields.tm_year = int_field(cx, "year", None, 1900)?;
        fields.tm_mon = int_field(cx, "month", None, 1)?;
        fields.tm_mday = int_field(cx, "day", None, 0)?;
        fields.tm_hour = int_field(cx, "hour", Some(12), 0)?;
        fields.tm_min = int_field(cx, "min", Some(0), 0)?;
        fields.tm_sec = int_field(cx, "sec", Some(0), 0)?;
        push_field(cx, "isdst")?;
        let dst = cx.peek(1);
        fields.tm_isdst = if dst.is_nil() { -1 } else { !dst.is_falsy() as c_int };
        cx.pop(1);
        let t = to_time(&mut fields);
        update_table(cx, &fields)?;
        t
    };
    if t == -1 {
        return Err(cx.throw_error(b"time result cannot be represented in this installation"));
    }
    cx.push(cx.int(t));
    Ok(1)
}

/// `os.difftime`
pub(super) fn difftime(cx: &mut Cx) -> Result<usize, Fault> {
    let (a, b) = (cx.check_int(1)?, cx.check_int(2)?);
    cx.push(Value::float((a as i128 - b as i128) as f64));
    Ok(1)
}

/// Length of the conversion that a text begins with; `None` if it is none.
fn conversion_len(text: &[u8]) -> Option<usize> {
    match text {
        [c, ..] if PLAIN.contains(c) => Some(1),
        [b'E', c, ..] if AFTER_E.contains(c) => Some(2),
        [b'O', c, ..] if AFTER_O.contains(c) => Some(2),
        _ => None,
    }
}

/// `os.date`
pub(super) fn date(cx: &mut Cx) -> Result<usize, Fault> {
    let format = cx.opt_str(1)?.map_or(&b"%c"[..], |s| s.as_bytes());
    let moment = if cx.is_none_or_nil(2) { now() } else { cx.check_int(2)? };
    let (format, utc) = match format.strip_prefix(b"!") {
        Some(rest) => (rest, true),
        None => (format, false),
    };
    let Some(t) = broken_down(moment, utc) else {
        return Err(cx.throw_error(b"date result cannot be represented in this installation"));
    };
    if c_str(format) == b"*t" {
        cx.push(Value::object(date_table(cx, &t)));
        return Ok(1);
    }
    let items = cx.count_byte(format, b'%')?;
    let bound = format.len() + items * USUAL_ITEM;
    let mut out = Output::new();
    out.reserve(cx, bound)?;
    let format = cx.opt_str(1)?.map_or(&b"%c"[..], |s| s.as_bytes());
    let mut rest = format.strip_prefix(b"!").unwrap_or(format);
    let mut steps = Steps::default();
    while let Some(at) = cx.find_byte(rest, b'%')? {
        steps.count(cx, ITEM_SIZE)?;
        out.add(cx, &rest[..at])?;
        rest = &rest[at + 1..];
        let Some(len) = conversion_len(rest) else {
            let message = [b"invalid conversion specifier '%", c_str(rest), b"'"].concat();
            return Err(cx.arg_error_bytes(1, &message));
        };
        out.bytes.extend_from_slice(&format_item(&rest[..len], &t));
        rest = &rest[len..];
    }
    out.add(cx, rest)?;
    out.finish(cx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_round_trip() {
        for moment in [0, 951_782_400, 1_700_000_000, 4_102_444_800] {
            let mut t = broken_down(moment, false).expect("in range");
            assert_eq!(to_time(&mut t), moment);
        }
        assert!(broken_down(i64::MAX, true).is_none());
    }

    #[test]
    fn items() {
        let t = broken_down(951_782_400, true).expect("in range");
        assert_eq!(format_item(b"F", &t), b"2000-02-29");
        assert_eq!(format_item(b"Oy", &t), b"00");
        assert_eq!(format_item(b"%", &t), b"%");
    }

    #[test]
    fn conversions() {
        assert_eq!(conversion_len(b"Yx"), Some(1));
        assert_eq!(conversion_len(b"EY"), Some(2));
        assert_eq!(conversion_len(b"Ez"), None);
        assert_eq!(conversion_len(b"OY"), None);
        assert_eq!(conversion_len(b"E"), None);
        assert_eq!(conversion_len(b""), None);
    }
}
