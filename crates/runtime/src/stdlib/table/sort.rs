//! `table.sort`.
//!
//! Quicksort with a median of three, as the reference implementation describes it, so that a comparison function sees
//! what it would see there and an inconsistent one is reported rather than obeyed. The elements are read and written
//! in the table at each step (the comparison function may look at it). Pivots of large intervals are moved about
//! once a partition turns out lopsided, so that no input is quadratic.

use super::{READ_WRITE, get, length, set};
use crate::cx::{Cx, Fault};

/// Intervals larger than this may choose their pivot at random.
const RANDOMIZE_ABOVE: i64 = 100;
/// A partition is lopsided if one side is this many times smaller than the other.
const LOPSIDED: i64 = 128;

pub(super) fn sort(cx: &mut Cx) -> Result<usize, Fault> {
    let n = length(cx, 1, READ_WRITE)?;
    if n > 1 {
        if n >= i64::from(i32::MAX) {
            return Err(cx.arg_error(1, "array too big"));
        }
        if !cx.is_none_or_nil(2) && !cx.arg(2).is_function() {
            return Err(cx.type_error(2, "function"));
        }
        cx.set_nargs(2);
        sort_interval(cx, 1, n)?;
    }
    Ok(0)
}

/// Whether the value `a` below the top is less than the one `b` below it (1: the top).
fn less(cx: &mut Cx, a: usize, b: usize) -> Result<bool, Fault> {
    let top = cx.top.get();
    let (a, b) = (top - a, top - b);
    if cx.is_none_or_nil(2) {
        return cx.less_than(a, b);
    }
    cx.push(cx.arg(2));
    cx.push(cx.at(a));
    cx.push(cx.at(b));
    cx.call(2, 1)?;
    let result = !cx.peek(1).is_falsy();
    cx.pop(1);
    Ok(result)
}

/// Pops two values: the top goes to index `i`, the one below to index `j`.
fn set_two(cx: &mut Cx, i: i64, j: i64) -> Result<(), Fault> {
    set(cx, 1, i)?;
    set(cx, 1, j)
}

/// Orders the elements at two indexes; whether they were swapped.
fn order(cx: &mut Cx, lower: i64, upper: i64) -> Result<(), Fault> {
    get(cx, 1, lower)?;
    get(cx, 1, upper)?;
    if less(cx, 1, 2)? {
        set_two(cx, lower, upper)?;
    } else {
        cx.pop(2);
    }
    Ok(())
}

/// Where a pivot is taken from: within the middle half, at random if asked to.
fn choose_pivot(lo: i64, up: i64, random: u64) -> i64 {
    if up - lo <= RANDOMIZE_ABOVE || random == 0 {
        return lo + (up - lo) / 2;
    }
    let quarter = (up - lo) / 4;
    lo + quarter + ((random ^ lo as u64 ^ up as u64) % (quarter as u64 * 2)) as i64
}

/// Intervals still to be sorted are kept in a list: the smaller side is always done first, which bounds it by the
/// logarithm of the length.
fn sort_interval(cx: &mut Cx, lo: i64, up: i64) -> Result<(), Fault> {
    let mut pending = vec![(lo, up)];
    let mut random = 0u64;
    while let Some((mut lo, mut up)) = pending.pop() {
        while lo < up {
            order(cx, lo, up)?;
            if up - lo == 1 {
                break;
            }
            let pivot = choose_pivot(lo, up, random);
            order_middle(cx, lo, pivot, up)?;
            if up - lo == 2 {
                break;
            }
            // The pivot value stays on the stack during the partition.
            get(cx, 1, pivot)?;
            cx.push(cx.peek(1));
            get(cx, 1, up - 1)?;
            set_two(cx, pivot, up - 1)?;
            let middle = partition(cx, lo, up)?;
            cx.pop(1);
            let (left, right) = (middle - lo, up - middle);
            if left.min(right) < (up - lo) / LOPSIDED {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(lo as u64 | 1);
            }
            if left < right {
                pending.push((middle + 1, up));
                up = middle - 1;
            } else {
                pending.push((lo, middle - 1));
                lo = middle + 1;
            }
        }
    }
    Ok(())
}

/// Orders three elements of which the outer two are in order.
fn order_middle(cx: &mut Cx, lo: i64, middle: i64, up: i64) -> Result<(), Fault> {
    get(cx, 1, middle)?;
    get(cx, 1, lo)?;
    if less(cx, 2, 1)? {
        return set_two(cx, middle, lo);
    }
    cx.pop(1);
    get(cx, 1, up)?;
    if less(cx, 1, 2)? {
        return set_two(cx, middle, up);
    }
    cx.pop(2);
    Ok(())
}

/// Partitions `lo..=up` around the pivot, which is on the top and at `up - 1`; its final index. Leaves the pivot on the
/// stack.
fn partition(cx: &mut Cx, lo: i64, up: i64) -> Result<i64, Fault> {
    let invalid = b"invalid order function for sorting";
    let (mut i, mut j) = (lo, up - 1);
    loop {
        loop {
            i += 1;
            get(cx, 1, i)?;
            if !less(cx, 1, 2)? {
                break;
            }
            if i == up - 1 {
                return Err(cx.throw_error(invalid));
            }
            cx.pop(1);
        }
        loop {
            j -= 1;
            get(cx, 1, j)?;
            if !less(cx, 3, 1)? {
                break;
            }
            if j < i {
                return Err(cx.throw_error(invalid));
            }
            cx.pop(1);
        }
        if j < i {
            // The element at i changes places with the pivot.
            cx.pop(1);
            let element = cx.peek(1).bits();
            cx.pop(1);
            cx.push(cx.peek(1));
            let pivot_copy = cx.peek(1).bits();
            cx.pop(1);
            cx.push(crate::value::Value::from_bits(element));
            set(cx, 1, up - 1)?;
            cx.push(crate::value::Value::from_bits(pivot_copy));
            set(cx, 1, i)?;
            return Ok(i);
        }
        set_two(cx, i, j)?;
    }
}
