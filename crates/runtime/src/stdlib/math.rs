//! The mathematical library (manual §6.8).
//!
//! Functions that keep integers (`abs`, `floor`, `max`…) look for integers and floats first; strings that read as
//! numbers take the long way through the argument checks.

use super::{Entry, function_table, set};
use crate::cx::{Cx, Fault};
use crate::object::Gc;
use crate::table::Table;
use crate::value::Value;
use perilune_semantics::{Rounding, arith, float_to_int};
use std::f64::consts::PI;

mod random;

/// The library's table.
pub(super) fn open(cx: &Cx) -> Gc<'_, Table> {
    const FUNCTIONS: &[Entry] = &[
        ("abs", abs),
        ("acos", |cx| unary(cx, f64::acos)),
        ("asin", |cx| unary(cx, f64::asin)),
        ("atan", atan),
        ("ceil", ceil),
        ("cos", |cx| unary(cx, f64::cos)),
        ("deg", |cx| unary(cx, |x| x * (180.0 / PI))),
        ("exp", |cx| unary(cx, f64::exp)),
        ("floor", floor),
        ("fmod", fmod),
        ("frexp", frexp),
        ("ldexp", ldexp),
        ("log", log),
        ("max", max),
        ("min", min),
        ("modf", modf),
        ("rad", |cx| unary(cx, |x| x * (PI / 180.0))),
        ("sin", |cx| unary(cx, f64::sin)),
        ("sqrt", |cx| unary(cx, f64::sqrt)),
        ("tan", |cx| unary(cx, f64::tan)),
        ("tointeger", tointeger),
        ("type", type_of),
        ("ult", ult),
    ];
    let library = function_table(cx, FUNCTIONS);
    random::open(cx, library);
    set(cx, library, "pi", Value::float(PI));
    set(cx, library, "huge", Value::float(f64::INFINITY));
    set(cx, library, "maxinteger", cx.int(i64::MAX));
    set(cx, library, "mininteger", cx.int(i64::MIN));
    library
}

/// A function from float to float.
#[inline(always)]
fn unary(cx: &mut Cx, f: impl FnOnce(f64) -> f64) -> Result<usize, Fault> {
    let v = cx.arg(1);
    let x = if v.is_small_int() { v.small_int_unchecked() as f64 } else { cx.check_float(1)? };
    cx.push(Value::float(f(x)));
    Ok(1)
}

fn abs(cx: &mut Cx) -> Result<usize, Fault> {
    match cx.arg(1).as_int() {
        Some(i) => {
            cx.push(cx.int(i.wrapping_abs()));
            Ok(1)
        }
        None => unary(cx, f64::abs),
    }
}

fn atan(cx: &mut Cx) -> Result<usize, Fault> {
    let y = cx.check_float(1)?;
    let x = if cx.is_none_or_nil(2) { 1.0 } else { cx.check_float(2)? };
    cx.push(Value::float(y.atan2(x)));
    Ok(1)
}

/// Pushes a float that has no fraction, as an integer if it is one.
fn push_integral(cx: &Cx, x: f64) {
    let v = match float_to_int(x, Rounding::Exact) {
        Some(i) => cx.int(i),
        None => Value::float(x),
    };
    cx.push(v);
}

/// Floats closer to zero than this are rounded by way of the integers.
const SMALL: f64 = (1u64 << 47) as f64;

fn floor(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.arg(1);
    if let Some(x) = v.as_float()
        && x.abs() < SMALL
    {
        let i = x as i64;
        cx.push(cx.int(i - i64::from(i as f64 > x)));
    } else if v.is_int() {
        cx.push(v);
    } else {
        push_integral(cx, arith::floor(cx.check_float(1)?));
    }
    Ok(1)
}

fn ceil(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.arg(1);
    if let Some(x) = v.as_float()
        && x.abs() < SMALL
    {
        let i = x as i64;
        cx.push(cx.int(i + i64::from((i as f64) < x)));
    } else if v.is_int() {
        cx.push(v);
    } else {
        push_integral(cx, arith::ceil(cx.check_float(1)?));
    }
    Ok(1)
}

fn fmod(cx: &mut Cx) -> Result<usize, Fault> {
    if let (Some(a), Some(b)) = (cx.arg(1).as_int(), cx.arg(2).as_int()) {
        if b == 0 {
            return Err(cx.arg_error(2, "zero"));
        }
        cx.push(cx.int(a.wrapping_rem(b)));
    } else {
        // The reference implementation checks the second argument first.
        let b = cx.check_float(2)?;
        cx.push(Value::float(cx.check_float(1)? % b));
    }
    Ok(1)
}

fn modf(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.arg(1);
    if v.is_int() {
        cx.push(v);
        cx.push(Value::float(0.0));
        return Ok(2);
    }
    let x = cx.check_float(1)?;
    let whole = if x < 0.0 { arith::ceil(x) } else { arith::floor(x) };
    push_integral(cx, whole);
    // The difference of infinities would be a NaN.
    cx.push(Value::float(if x == whole { 0.0 } else { x - whole }));
    Ok(2)
}

fn log(cx: &mut Cx) -> Result<usize, Fault> {
    let x = cx.check_float(1)?;
    let result = if cx.is_none_or_nil(2) {
        x.ln()
    } else {
        // The functions for common bases are more precise than the quotient.
        match cx.check_float(2)? {
            2.0 => x.log2(),
            10.0 => x.log10(),
            base => x.ln() / base.ln(),
        }
    };
    cx.push(Value::float(result));
    Ok(1)
}

fn ult(cx: &mut Cx) -> Result<usize, Fault> {
    let (a, b) = (cx.check_int(1)? as u64, cx.check_int(2)? as u64);
    cx.push(Value::bool(a < b));
    Ok(1)
}

fn tointeger(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.check_any(1)?;
    cx.push(cx.to_int(v).map_or(Value::NIL, |i| cx.int(i)));
    Ok(1)
}

fn type_of(cx: &mut Cx) -> Result<usize, Fault> {
    let v = cx.check_any(1)?;
    cx.push(if v.is_int() {
        cx.str_value(b"integer")
    } else if v.is_float() {
        cx.str_value(b"float")
    } else {
        Value::NIL
    });
    Ok(1)
}

fn max(cx: &mut Cx) -> Result<usize, Fault> {
    let n = cx.nargs();
    cx.check_any(1)?;
    let mut best = cx.arg_slot(1);
    for i in 2..=n {
        let slot = cx.arg_slot(i);
        if cx.less_than(best, slot)? {
            best = slot;
        }
    }
    cx.push(cx.at(best));
    Ok(1)
}

fn min(cx: &mut Cx) -> Result<usize, Fault> {
    let n = cx.nargs();
    cx.check_any(1)?;
    let mut best = cx.arg_slot(1);
    for i in 2..=n {
        let slot = cx.arg_slot(i);
        if cx.less_than(slot, best)? {
            best = slot;
        }
    }
    cx.push(cx.at(best));
    Ok(1)
}

const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
/// The exponent field of numbers in [0.5, 1).
const HALF_FIELD: i32 = 1022;
/// The least power of two by which all numbers in [0.5, 1) can be multiplied without becoming subnormal.
const LEAST_EXPONENT: i32 = -1021;

/// `x` as a fraction in [0.5, 1), with its sign, and a power of two. Zero, infinities and NaNs are their own
/// fraction.
fn split(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    if x.is_subnormal() {
        let (fraction, exponent) = split(x * power_of_two(64));
        return (fraction, exponent - 64);
    }
    let field = (x.to_bits() >> FRACTION_BITS) as i32 & 0x7FF;
    let cleared = x.to_bits() & !(0x7FF << FRACTION_BITS);
    (f64::from_bits(cleared | (HALF_FIELD as u64) << FRACTION_BITS), field - HALF_FIELD)
}

/// 2^`exponent`, for exponents of normal numbers: −1022 to 1023.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << FRACTION_BITS)
}

/// `x` · 2^`exponent`, rounded once.
fn scale(x: f64, exponent: i32) -> f64 {
    let (fraction, own) = split(x);
    if fraction == 0.0 || !fraction.is_finite() {
        return x;
    }
    let exponent = own.saturating_add(exponent);
    if exponent > 1024 {
        f64::INFINITY.copysign(x)
    } else if exponent >= LEAST_EXPONENT {
        (fraction * 2.0) * power_of_two(exponent - 1)
    } else if exponent > 2 * LEAST_EXPONENT {
        // The first product is normal and exact, so only the second one rounds.
        fraction * power_of_two(LEAST_EXPONENT) * power_of_two(exponent - LEAST_EXPONENT)
    } else {
        0.0f64.copysign(x)
    }
}

fn frexp(cx: &mut Cx) -> Result<usize, Fault> {
    let (fraction, exponent) = split(cx.check_float(1)?);
    cx.push(Value::float(fraction));
    cx.push(Value::small_int(exponent));
    Ok(2)
}

fn ldexp(cx: &mut Cx) -> Result<usize, Fault> {
    let x = cx.check_float(1)?;
    // C takes the exponent as an `int`, without a check.
    let exponent = cx.check_int(2)? as i32;
    cx.push(Value::float(scale(x, exponent)));
    Ok(1)
}
