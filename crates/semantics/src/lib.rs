//! What every scalar operation of Lua 5.5 means, in one place.
//!
//! The interpreter, the constant folder, the compilers' slow paths and the library must agree to
//! the last bit on arithmetic, comparison, conversion and the text of numbers; whoever restates
//! such a rule will sooner or later restate it differently. So these are pure functions over
//! machine numbers and bytes. They know no tagged value, no heap and no error object: a failure is
//! a small enum whose message is the one Lua prints, and the caller adds what only it knows (which
//! variable, which position).
//!
//! * [`mod@arith`]: arithmetic and bitwise operators, floor and ceiling.
//! * [`compare`]: order and equality, exact across integers and floats.
//! * [`convert`]: floats to integers, and the arithmetic of numeric `for` loops.
//! * [`parse`]: text to number.
//! * [`display`]: number to text, as `tostring` does it.
//! * [`fmt`]: C's `printf` conversions, as `string.format` exposes them.
//!
//! Two conventions hold throughout. Coercion of strings is *not* part of an operator: who wants it
//! calls [`parse::str_to_number`] first, because only some operators coerce. And nothing here folds
//! away the sign of a NaN: what the hardware answers is what Lua prints (`-nan` for `0/0` on
//! x86-64), so a constant folder should leave operations with a NaN result to run time.
//!
//! Rejected: a trait with one method per operator, implemented by each tier. Scalar meanings don't
//! vary by tier, and plain functions inline and test more easily.

#![forbid(unsafe_code)]

pub mod arith;
pub mod compare;
pub mod convert;
mod decimal;
pub mod display;
pub mod fmt;
pub mod parse;

pub use arith::{ArithError, ArithOp, arith};
pub use compare::{num_eq, num_le, num_lt, str_cmp};
pub use convert::{Rounding, float_to_int, float_to_int_exact};
pub use display::{NumText, number_to_str};
pub use parse::{parse_numeral, str_to_number};

/// A float as values hold it: a NaN that may come from anywhere becomes the one NaN of its sign, quiet and without
/// payload. What a payload might mean is for those to decide who have the words of such NaNs for other things.
#[inline]
pub fn canonical(f: f64) -> f64 {
    const NAN: u64 = 0x7FF8 << 48;
    const SIGN: u64 = 1 << 63;
    if f.is_nan() { f64::from_bits(f.to_bits() & SIGN | NAN) } else { f }
}

/// A Lua number: an integer or a float.
///
/// `PartialEq` is deliberately not derived: Lua's `==` is [`num_eq`], and a test that wants to tell
/// `1` from `1.0` says so with [`Num::same`].
#[derive(Clone, Copy, Debug)]
pub enum Num {
    /// A 64-bit integer.
    Int(i64),
    /// A double-precision float.
    Float(f64),
}

impl Num {
    /// The number as a float; integers beyond 2^53 are rounded to nearest.
    #[inline]
    pub fn to_float(self) -> f64 {
        match self {
            Num::Int(i) => i as f64,
            Num::Float(f) => f,
        }
    }

    /// The number as an integer if it has that exact value.
    #[inline]
    pub fn to_int(self) -> Option<i64> {
        match self {
            Num::Int(i) => Some(i),
            Num::Float(f) => float_to_int_exact(f),
        }
    }

    /// Whether both are the same number of the same subtype, bit for bit.
    #[inline]
    pub fn same(self, other: Num) -> bool {
        match (self, other) {
            (Num::Int(a), Num::Int(b)) => a == b,
            (Num::Float(a), Num::Float(b)) => a.to_bits() == b.to_bits(),
            (Num::Int(_), Num::Float(_)) | (Num::Float(_), Num::Int(_)) => false,
        }
    }
}

impl From<i64> for Num {
    #[inline]
    fn from(value: i64) -> Num {
        Num::Int(value)
    }
}

impl From<f64> for Num {
    #[inline]
    fn from(value: f64) -> Num {
        Num::Float(value)
    }
}
