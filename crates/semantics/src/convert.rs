//! Floats to integers, and the arithmetic of numeric `for` loops.
//!
//! A float converts to an integer only if the (rounded) value lies in the 64-bit range. The range
//! test compares with ±2^63, which floats represent exactly, rather than with `MAX`, which they
//! don't: `MAX as f64` *is* 2^63, and a saturating cast would accept it.
//!
//! A numeric `for` over integers counts iterations up front, so it can neither overflow nor run
//! past its limit, and an iteration is a decrement and an add. Over floats it compares every time.

use super::Num;
use super::arith::{ceil, floor};

/// 2^63 as a float, the first above all integers.
const INT_END: f64 = 9_223_372_036_854_775_808.0;

/// How to turn a float with a fraction into an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceil,
    /// Not at all: only a float with an integral value converts.
    Exact,
}

/// The integer equal to `f`, if there is one.
#[inline]
pub fn float_to_int_exact(f: f64) -> Option<i64> {
    if (-INT_END..INT_END).contains(&f) {
        let i = f as i64;
        (i as f64 == f).then_some(i)
    } else {
        None
    }
}

/// The integer that `f` rounds to, if it is in range.
#[inline]
pub fn float_to_int(f: f64, rounding: Rounding) -> Option<i64> {
    let f = match rounding {
        Rounding::Exact => return float_to_int_exact(f),
        Rounding::Floor => floor(f),
        Rounding::Ceil => ceil(f),
    };
    (-INT_END..INT_END).contains(&f).then_some(f as i64)
}

/// The message of a numeric `for` whose step is zero.
pub const FOR_STEP_IS_ZERO: &str = "'for' step is zero";

/// The step of a numeric `for` is zero; see [`FOR_STEP_IS_ZERO`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepIsZero;

/// How a numeric `for` over integers runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntLoop {
    /// Not at all.
    Skip,
    /// Once with the initial value, and then `count` more times.
    Run {
        /// Iterations after the first.
        count: u64,
    },
}

/// The integer limit of a loop, or `None` if the loop doesn't run.
#[inline]
fn int_limit(init: i64, limit: Num, step: i64) -> Option<i64> {
    let limit = match limit {
        Num::Int(i) => i,
        Num::Float(f) => {
            let rounding = if step < 0 { Rounding::Ceil } else { Rounding::Floor };
            match float_to_int(f, rounding) {
                Some(i) => i,
                // Out of range, so the loop either can't reach it or starts beyond it. A NaN goes
                // with the negative ones: that is what Lua does.
                None if f > 0.0 => (step > 0).then_some(i64::MAX)?,
                None => (step < 0).then_some(i64::MIN)?,
            }
        }
    };
    let beyond = if step > 0 { init > limit } else { init < limit };
    (!beyond).then_some(limit)
}

/// Prepares a numeric `for` whose initial value and step are integers.
#[inline]
pub fn prepare_int_loop(init: i64, limit: Num, step: i64) -> Result<IntLoop, StepIsZero> {
    if step == 0 {
        return Err(StepIsZero);
    }
    let Some(limit) = int_limit(init, limit, step) else {
        return Ok(IntLoop::Skip);
    };
    let distance = if step > 0 {
        (limit as u64).wrapping_sub(init as u64)
    } else {
        (init as u64).wrapping_sub(limit as u64)
    };
    // The division is slow and hardly ever needed.
    let count = if step == 1 { distance } else { distance / step.unsigned_abs() };
    Ok(IntLoop::Run { count })
}

/// Whether a numeric `for` over floats runs at all.
#[inline]
pub fn prepare_float_loop(init: f64, limit: f64, step: f64) -> Result<bool, StepIsZero> {
    if step == 0.0 {
        return Err(StepIsZero);
    }
    // Stated as "not beyond" rather than "within": Lua runs a loop whose initial value or limit is
    // a NaN once.
    let beyond = if step > 0.0 { limit < init } else { init < limit };
    Ok(!beyond)
}

/// Whether a numeric `for` over floats goes on with `value`, the control variable plus the step.
#[inline]
pub fn float_loop_continues(value: f64, limit: f64, step: f64) -> bool {
    if step > 0.0 { value <= limit } else { limit <= value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_conversion() {
        assert_eq!(float_to_int_exact(3.0), Some(3));
        assert_eq!(float_to_int_exact(-0.0), Some(0));
        assert_eq!(float_to_int_exact(3.5), None);
        assert_eq!(float_to_int_exact(INT_END), None);
        assert_eq!(float_to_int_exact(-INT_END), Some(i64::MIN));
        assert_eq!(float_to_int_exact(f64::NAN), None);
        assert_eq!(float_to_int_exact(f64::INFINITY), None);
    }

    #[test]
    fn rounding_conversion() {
        assert_eq!(float_to_int(-1.5, Rounding::Floor), Some(-2));
        assert_eq!(float_to_int(-1.5, Rounding::Ceil), Some(-1));
        assert_eq!(float_to_int(1.5, Rounding::Floor), Some(1));
        assert_eq!(float_to_int(1.5, Rounding::Ceil), Some(2));
        assert_eq!(float_to_int(f64::NAN, Rounding::Ceil), None);
        assert_eq!(float_to_int(1e19, Rounding::Floor), None);
    }

    fn count(init: i64, limit: impl Into<Num>, step: i64) -> Option<u64> {
        match prepare_int_loop(init, limit.into(), step).unwrap() {
            IntLoop::Skip => None,
            IntLoop::Run { count } => Some(count),
        }
    }

    #[test]
    fn integer_loops() {
        assert_eq!(count(1, 10, 1), Some(9));
        assert_eq!(count(1, 10, 4), Some(2));
        assert_eq!(count(10, 1, -4), Some(2));
        assert_eq!(count(1, 0, 1), None);
        assert_eq!(count(0, 1, -1), None);
        assert_eq!(count(1, 3.9, 1), Some(2));
        assert_eq!(count(-1, -3.9, -1), Some(2));
        assert_eq!(count(i64::MIN, i64::MAX, 1), Some(u64::MAX));
        assert_eq!(count(i64::MAX, i64::MIN, i64::MIN), Some(1));
        assert_eq!(count(0, f64::INFINITY, i64::MAX), Some(1));
        assert_eq!(count(1, f64::NEG_INFINITY, 1), None);
        assert_eq!(count(1, f64::INFINITY, -1), None);
        assert_eq!(count(1, f64::NAN, 1), None);
        assert_eq!(prepare_int_loop(1, Num::Int(2), 0), Err(StepIsZero));
    }

    #[test]
    fn float_loops() {
        assert_eq!(prepare_float_loop(1.0, 2.0, 0.5), Ok(true));
        assert_eq!(prepare_float_loop(3.0, 2.0, 0.5), Ok(false));
        assert_eq!(prepare_float_loop(1.0, 2.0, -0.5), Ok(false));
        assert_eq!(prepare_float_loop(1.0, f64::NAN, 1.0), Ok(true));
        assert_eq!(prepare_float_loop(1.0, 2.0, 0.0), Err(StepIsZero));
        assert!(float_loop_continues(2.0, 2.0, 0.5));
        assert!(!float_loop_continues(2.5, 2.0, 0.5));
        assert!(float_loop_continues(2.0, 2.0, -0.5));
        assert!(!float_loop_continues(1.0, f64::NAN, 1.0));
    }
}
