//! Arithmetic and bitwise operators.
//!
//! Lua has two kinds of number and three kinds of operator. `/` and `^` always work on floats. The
//! bitwise operators always work on integers, and take a float only if it has an exact integer
//! value. The rest stay within the integers when both operands are integers and otherwise work on
//! floats. Integers wrap around at 64 bits; only `//` and `%` by the integer zero fail.
//!
//! The functions for one operator and one kind are public and inline: the interpreter's fast paths
//! and the compilers' templates dispatch on the tags themselves and want just the operation.
//! [`arith`] is the complete rule, for slow paths and folding.
//!
//! Invariant: integer division never executes the trapping machine cases (`n / 0`,
//! `MIN / -1`), so these functions are total.

use super::Num;
use super::convert::float_to_int_exact;

/// An arithmetic or bitwise operator of Lua.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArithOp {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a % b`
    Mod,
    /// `a ^ b`
    Pow,
    /// `a / b`
    Div,
    /// `a // b`
    IDiv,
    /// `a & b`
    BAnd,
    /// `a | b`
    BOr,
    /// `a ~ b`
    BXor,
    /// `a << b`
    Shl,
    /// `a >> b`
    Shr,
    /// `-a`
    Unm,
    /// `~a`
    BNot,
}

impl ArithOp {
    /// Every operator, in the order of their declaration.
    pub const ALL: [ArithOp; 14] = [
        ArithOp::Add,
        ArithOp::Sub,
        ArithOp::Mul,
        ArithOp::Mod,
        ArithOp::Pow,
        ArithOp::Div,
        ArithOp::IDiv,
        ArithOp::BAnd,
        ArithOp::BOr,
        ArithOp::BXor,
        ArithOp::Shl,
        ArithOp::Shr,
        ArithOp::Unm,
        ArithOp::BNot,
    ];

    /// The key of the operator's metamethod, such as `__add`.
    pub fn metamethod_name(self) -> &'static str {
        match self {
            ArithOp::Add => "__add",
            ArithOp::Sub => "__sub",
            ArithOp::Mul => "__mul",
            ArithOp::Mod => "__mod",
            ArithOp::Pow => "__pow",
            ArithOp::Div => "__div",
            ArithOp::IDiv => "__idiv",
            ArithOp::BAnd => "__band",
            ArithOp::BOr => "__bor",
            ArithOp::BXor => "__bxor",
            ArithOp::Shl => "__shl",
            ArithOp::Shr => "__shr",
            ArithOp::Unm => "__unm",
            ArithOp::BNot => "__bnot",
        }
    }

    /// Whether the operator works on integers only.
    #[inline]
    pub fn is_bitwise(self) -> bool {
        match self {
            ArithOp::BAnd
            | ArithOp::BOr
            | ArithOp::BXor
            | ArithOp::Shl
            | ArithOp::Shr
            | ArithOp::BNot => true,
            ArithOp::Add
            | ArithOp::Sub
            | ArithOp::Mul
            | ArithOp::Mod
            | ArithOp::Pow
            | ArithOp::Div
            | ArithOp::IDiv
            | ArithOp::Unm => false,
        }
    }

    /// Whether the operator works on floats only.
    #[inline]
    pub fn is_float_only(self) -> bool {
        matches!(self, ArithOp::Div | ArithOp::Pow)
    }

    /// Whether the operator takes one operand.
    #[inline]
    pub fn is_unary(self) -> bool {
        matches!(self, ArithOp::Unm | ArithOp::BNot)
    }
}

/// Why an operator on two numbers failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithError {
    /// Integer floor division by zero.
    DivideByZero,
    /// Integer modulo by zero.
    ModByZero,
    /// A bitwise operator got a float without an exact integer value.
    NoIntegerRep,
}

impl ArithError {
    /// Lua's message. For [`ArithError::NoIntegerRep`] Lua inserts a description of the variable
    /// after the word "number", if it knows one; see [`ArithError::with_variable`].
    pub fn message(self) -> &'static str {
        match self {
            ArithError::DivideByZero => "attempt to divide by zero",
            ArithError::ModByZero => "attempt to perform 'n%0'",
            ArithError::NoIntegerRep => "number has no integer representation",
        }
    }

    /// The message with the description of the offending variable, such as `" (local 'x')"`, in the
    /// place where Lua puts it. Errors that name no variable ignore it.
    pub fn with_variable(self, description: &str) -> String {
        match self {
            ArithError::NoIntegerRep => {
                format!("number{description} has no integer representation")
            }
            ArithError::DivideByZero | ArithError::ModByZero => self.message().to_owned(),
        }
    }
}

/// `a // b` on integers: rounds towards minus infinity. `None` if `b` is zero.
#[inline]
pub fn idiv_int(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    // Wrapping, for `MIN // -1`.
    let q = a.wrapping_div(b);
    // The machine truncates: correct an inexact quotient of operands with different signs.
    if (a ^ b) < 0 && q.wrapping_mul(b) != a { Some(q - 1) } else { Some(q) }
}

/// `a % b` on integers: the result has the sign of `b`. `None` if `b` is zero.
#[inline]
pub fn mod_int(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let r = a.wrapping_rem(b);
    // Never overflows: `r` is nonzero with the sign opposite to `b` and smaller in magnitude.
    if r != 0 && (r ^ b) < 0 { Some(r + b) } else { Some(r) }
}

/// `a // b` on floats.
#[inline]
pub fn idiv_float(a: f64, b: f64) -> f64 {
    floor(a / b)
}

/// `a % b` on floats: C's `fmod`, moved to the sign of `b`.
///
/// Not `a - floor(a / b) * b`, which loses precision and turns `1 % inf` into a NaN.
#[inline]
pub fn mod_float(a: f64, b: f64) -> f64 {
    let r = a % b;
    let opposite = if r > 0.0 { b < 0.0 } else { r < 0.0 && b > 0.0 };
    if opposite { r + b } else { r }
}

/// `a ^ b`.
#[inline]
pub fn pow(a: f64, b: f64) -> f64 {
    // Squares are common, and the product is the same number.
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// `a << b`: logical, any count; a negative count shifts right.
#[inline]
pub fn shl(a: i64, b: i64) -> i64 {
    if (0..64).contains(&b) {
        ((a as u64) << b) as i64
    } else if b < 0 && b > -64 {
        ((a as u64) >> -b) as i64
    } else {
        0
    }
}

/// `a >> b`: logical, any count; a negative count shifts left.
#[inline]
pub fn shr(a: i64, b: i64) -> i64 {
    // `MIN` negates to itself, which still shifts everything out.
    shl(a, b.wrapping_neg())
}

/// Beyond this magnitude every float is an integer.
const ALL_INTEGERS: f64 = 4_503_599_627_370_496.0;

/// The largest integral float not above `x`, keeping the sign of zero.
///
/// Without SSE4.1 the standard `floor` is a call into the C library; a round trip through the
/// integers is not.
#[inline]
pub fn floor(x: f64) -> f64 {
    if x.abs() < ALL_INTEGERS {
        let t = x as i64 as f64;
        // `copysign` restores the zero of `-0.0`; any other result has the sign of `x` already.
        (if t > x { t - 1.0 } else { t }).copysign(x)
    } else {
        x
    }
}

/// The smallest integral float not below `x`, keeping the sign of zero.
#[inline]
pub fn ceil(x: f64) -> f64 {
    if x.abs() < ALL_INTEGERS {
        let t = x as i64 as f64;
        (if t < x { t + 1.0 } else { t }).copysign(x)
    } else {
        x
    }
}

/// An operator on two integers, for the operators that have an integer form.
#[inline]
fn arith_int(op: ArithOp, a: i64, b: i64) -> Result<Num, ArithError> {
    let result = match op {
        ArithOp::Add => a.wrapping_add(b),
        ArithOp::Sub => a.wrapping_sub(b),
        ArithOp::Mul => a.wrapping_mul(b),
        ArithOp::Mod => mod_int(a, b).ok_or(ArithError::ModByZero)?,
        ArithOp::IDiv => idiv_int(a, b).ok_or(ArithError::DivideByZero)?,
        ArithOp::Pow => return Ok(Num::Float(pow(a as f64, b as f64))),
        ArithOp::Div => return Ok(Num::Float(a as f64 / b as f64)),
        ArithOp::BAnd => a & b,
        ArithOp::BOr => a | b,
        ArithOp::BXor => a ^ b,
        ArithOp::Shl => shl(a, b),
        ArithOp::Shr => shr(a, b),
        ArithOp::Unm => a.wrapping_neg(),
        ArithOp::BNot => !a,
    };
    Ok(Num::Int(result))
}

/// An operator on two numbers, at least one of them a float.
fn arith_float(op: ArithOp, a: Num, b: Num) -> Result<Num, ArithError> {
    let (x, y) = (a.to_float(), b.to_float());
    let result = match op {
        ArithOp::Add => x + y,
        ArithOp::Sub => x - y,
        ArithOp::Mul => x * y,
        ArithOp::Mod => mod_float(x, y),
        ArithOp::Pow => pow(x, y),
        ArithOp::Div => x / y,
        ArithOp::IDiv => idiv_float(x, y),
        ArithOp::Unm => -x,
        ArithOp::BAnd
        | ArithOp::BOr
        | ArithOp::BXor
        | ArithOp::Shl
        | ArithOp::Shr
        | ArithOp::BNot => {
            let a = a.to_int().ok_or(ArithError::NoIntegerRep)?;
            let b = b.to_int().ok_or(ArithError::NoIntegerRep)?;
            return arith_int(op, a, b);
        }
    };
    Ok(Num::Float(result))
}

/// Any operator on any two numbers. A unary operator takes its operand twice.
#[inline]
pub fn arith(op: ArithOp, a: Num, b: Num) -> Result<Num, ArithError> {
    match (a, b) {
        (Num::Int(a), Num::Int(b)) => arith_int(op, a, b),
        (Num::Int(_) | Num::Float(_), Num::Int(_) | Num::Float(_)) => arith_float(op, a, b),
    }
}

/// Which of two operands of a failed bitwise operator Lua blames: the second only if the first
/// converts to an integer.
pub fn blames_second(a: Num) -> bool {
    match a {
        Num::Int(_) => true,
        Num::Float(f) => float_to_int_exact(f).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(op: ArithOp, a: i64, b: i64) -> i64 {
        match arith(op, Num::Int(a), Num::Int(b)) {
            Ok(Num::Int(i)) => i,
            other => panic!("{op:?} {a} {b}: {other:?}"),
        }
    }

    fn float(op: ArithOp, a: impl Into<Num>, b: impl Into<Num>) -> f64 {
        match arith(op, a.into(), b.into()) {
            Ok(Num::Float(f)) => f,
            other => panic!("{op:?}: {other:?}"),
        }
    }

    #[test]
    fn integers_wrap() {
        assert_eq!(int(ArithOp::Add, i64::MAX, 1), i64::MIN);
        assert_eq!(int(ArithOp::Sub, i64::MIN, 1), i64::MAX);
        assert_eq!(int(ArithOp::Mul, i64::MAX, 2), -2);
        assert_eq!(int(ArithOp::Unm, i64::MIN, i64::MIN), i64::MIN);
        assert_eq!(int(ArithOp::IDiv, i64::MIN, -1), i64::MIN);
        assert_eq!(int(ArithOp::Mod, i64::MIN, -1), 0);
    }

    #[test]
    fn integer_division_floors() {
        for (a, b, q, r) in [(7, 3, 2, 1), (-7, 3, -3, 2), (7, -3, -3, -2), (-7, -3, 2, -1)] {
            assert_eq!(int(ArithOp::IDiv, a, b), q);
            assert_eq!(int(ArithOp::Mod, a, b), r);
        }
        assert_eq!(int(ArithOp::IDiv, i64::MIN, i64::MAX), -2);
        assert_eq!(int(ArithOp::Mod, i64::MAX, i64::MIN), -1);
        assert_eq!(
            arith(ArithOp::IDiv, Num::Int(1), Num::Int(0)).unwrap_err(),
            ArithError::DivideByZero
        );
        assert_eq!(
            arith(ArithOp::Mod, Num::Int(1), Num::Int(0)).unwrap_err(),
            ArithError::ModByZero
        );
    }

    #[test]
    fn float_division_and_modulo() {
        assert_eq!(float(ArithOp::IDiv, 5.5, 2), 2.0);
        assert_eq!(float(ArithOp::IDiv, -5.5, 2), -3.0);
        assert_eq!(float(ArithOp::IDiv, 1.0, 0), f64::INFINITY);
        assert!(float(ArithOp::Mod, 1.0, 0).is_nan());
        assert_eq!(float(ArithOp::Mod, -5.5, f64::INFINITY), f64::INFINITY);
        assert_eq!(float(ArithOp::Mod, 5.5, f64::INFINITY), 5.5);
        assert_eq!(float(ArithOp::Mod, 5.5, -2), -0.5);
        assert_eq!(float(ArithOp::Div, 1, 4), 0.25);
        assert_eq!(float(ArithOp::Pow, 2, 10), 1024.0);
    }

    #[test]
    fn floor_and_ceil_agree_with_the_library() {
        for x in [
            0.0,
            -0.0,
            0.5,
            -0.5,
            1.0,
            -1.0,
            1.5,
            -1.5,
            4_503_599_627_370_495.5,
            -4_503_599_627_370_495.5,
            1e300,
            -1e300,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MIN_POSITIVE,
            -f64::MIN_POSITIVE,
        ] {
            assert_eq!(floor(x).to_bits(), x.floor().to_bits(), "floor {x}");
            assert_eq!(ceil(x).to_bits(), x.ceil().to_bits(), "ceil {x}");
        }
        assert!(floor(f64::NAN).is_nan());
    }

    #[test]
    fn shifts_take_any_count() {
        assert_eq!(shl(1, 63), i64::MIN);
        assert_eq!(shl(1, 64), 0);
        assert_eq!(shl(-1, -1), i64::MAX);
        assert_eq!(shr(-1, 63), 1);
        assert_eq!(shr(-1, 64), 0);
        assert_eq!(shr(1, -4), 16);
        assert_eq!(shl(1, i64::MIN), 0);
        assert_eq!(shr(1, i64::MIN), 0);
        assert_eq!(shl(1, i64::MAX), 0);
    }

    #[test]
    fn bitwise_operators_want_exact_integers() {
        assert!(arith(ArithOp::BOr, Num::Float(3.0), Num::Int(4)).unwrap().same(Num::Int(7)));
        for bad in [1.5, f64::NAN, 9_223_372_036_854_775_808.0] {
            let e = arith(ArithOp::BAnd, Num::Float(bad), Num::Int(1)).unwrap_err();
            assert_eq!(e, ArithError::NoIntegerRep);
        }
        assert_eq!(
            ArithError::NoIntegerRep.with_variable(" (local 'x')"),
            "number (local 'x') has no integer representation"
        );
    }

    #[test]
    fn names_are_distinct() {
        let names: std::collections::HashSet<_> =
            ArithOp::ALL.iter().map(|op| op.metamethod_name()).collect();
        assert_eq!(names.len(), ArithOp::ALL.len());
    }
}
