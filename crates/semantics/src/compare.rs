//! Order and equality.
//!
//! Comparing an integer with a float must be exact: converting the integer would round it beyond
//! 2^53 and make `2^53 == 2^53 + 1` true. Small integers convert without loss and compare as
//! floats, which is the common case; for the others the float goes to the integers, rounded to the
//! side that keeps the answer (`i < f` exactly when `i < ceil(f)`). A NaN is unordered, so every
//! comparison with it is false.
//!
//! Strings compare byte by byte. PUC Lua asks the C locale machinery, which in the C locale – the
//! only one this implementation has – orders by unsigned byte, zeros included.

use super::Num;
use super::convert::{Rounding, float_to_int, float_to_int_exact};
use std::cmp::Ordering;

/// Whether `i` converts to a float without rounding by magnitude alone.
#[inline]
fn fits_float(i: i64) -> bool {
    const LIMIT: u64 = 1 << 53;
    (i as u64).wrapping_add(LIMIT) <= 2 * LIMIT
}

/// `i < f`
#[inline]
pub fn int_lt_float(i: i64, f: f64) -> bool {
    if fits_float(i) {
        (i as f64) < f
    } else {
        match float_to_int(f, Rounding::Ceil) {
            Some(n) => i < n,
            None => f > 0.0,
        }
    }
}

/// `i <= f`
#[inline]
pub fn int_le_float(i: i64, f: f64) -> bool {
    if fits_float(i) {
        i as f64 <= f
    } else {
        match float_to_int(f, Rounding::Floor) {
            Some(n) => i <= n,
            None => f > 0.0,
        }
    }
}

/// `f < i`
#[inline]
pub fn float_lt_int(f: f64, i: i64) -> bool {
    if fits_float(i) {
        f < i as f64
    } else {
        match float_to_int(f, Rounding::Floor) {
            Some(n) => n < i,
            None => f < 0.0,
        }
    }
}

/// `f <= i`
#[inline]
pub fn float_le_int(f: f64, i: i64) -> bool {
    if fits_float(i) {
        f <= i as f64
    } else {
        match float_to_int(f, Rounding::Ceil) {
            Some(n) => n <= i,
            None => f < 0.0,
        }
    }
}

/// `i == f`
#[inline]
pub fn int_eq_float(i: i64, f: f64) -> bool {
    float_to_int_exact(f) == Some(i)
}

/// `a < b` on numbers.
#[inline]
pub fn num_lt(a: Num, b: Num) -> bool {
    match (a, b) {
        (Num::Int(a), Num::Int(b)) => a < b,
        (Num::Float(a), Num::Float(b)) => a < b,
        (Num::Int(a), Num::Float(b)) => int_lt_float(a, b),
        (Num::Float(a), Num::Int(b)) => float_lt_int(a, b),
    }
}

/// `a <= b` on numbers.
#[inline]
pub fn num_le(a: Num, b: Num) -> bool {
    match (a, b) {
        (Num::Int(a), Num::Int(b)) => a <= b,
        (Num::Float(a), Num::Float(b)) => a <= b,
        (Num::Int(a), Num::Float(b)) => int_le_float(a, b),
        (Num::Float(a), Num::Int(b)) => float_le_int(a, b),
    }
}

/// `a == b` on numbers.
#[inline]
pub fn num_eq(a: Num, b: Num) -> bool {
    match (a, b) {
        (Num::Int(a), Num::Int(b)) => a == b,
        (Num::Float(a), Num::Float(b)) => a == b,
        (Num::Int(i), Num::Float(f)) | (Num::Float(f), Num::Int(i)) => int_eq_float(i, f),
    }
}

/// The order of two strings.
#[inline]
pub fn str_cmp(a: &[u8], b: &[u8]) -> Ordering {
    a.cmp(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_53: i64 = 1 << 53;

    #[test]
    fn mixed_comparisons_are_exact() {
        let f = TWO_53 as f64;
        assert!(num_eq(Num::Int(TWO_53), Num::Float(f)));
        assert!(!num_eq(Num::Int(TWO_53 + 1), Num::Float(f)));
        assert!(num_lt(Num::Float(f), Num::Int(TWO_53 + 1)));
        assert!(!num_le(Num::Int(TWO_53 + 1), Num::Float(f)));
        assert!(num_le(Num::Int(TWO_53), Num::Float(f)));
        assert!(num_lt(Num::Int(i64::MAX), Num::Float(9_223_372_036_854_775_808.0)));
        assert!(!num_eq(Num::Int(i64::MAX), Num::Float(9_223_372_036_854_775_808.0)));
        assert!(num_eq(Num::Int(i64::MIN), Num::Float(-9_223_372_036_854_775_808.0)));
        assert!(num_le(Num::Float(f64::NEG_INFINITY), Num::Int(i64::MIN)));
        assert!(num_lt(Num::Int(i64::MIN), Num::Float(f64::INFINITY)));
        assert!(num_lt(Num::Int(1), Num::Float(1.5)));
        assert!(num_lt(Num::Float(0.5), Num::Int(1)));
    }

    #[test]
    fn nan_is_unordered() {
        let nan = Num::Float(f64::NAN);
        for n in [Num::Int(0), Num::Int(i64::MAX), Num::Int(i64::MIN), Num::Float(1.0), nan] {
            assert!(!num_lt(n, nan) && !num_lt(nan, n));
            assert!(!num_le(n, nan) && !num_le(nan, n));
            assert!(!num_eq(n, nan) && !num_eq(nan, n));
        }
    }

    #[test]
    fn strings_compare_as_unsigned_bytes() {
        assert_eq!(str_cmp(b"a\0b", b"a\0c"), Ordering::Less);
        assert_eq!(str_cmp(b"a\0", b"a"), Ordering::Greater);
        assert_eq!(str_cmp(b"\xff", b"a"), Ordering::Greater);
        assert_eq!(str_cmp(b"", b"\0"), Ordering::Less);
        assert_eq!(str_cmp(b"same", b"same"), Ordering::Equal);
    }
}
