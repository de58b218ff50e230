//! `debug.sethook` and `debug.gethook`.

use super::target;
use crate::cx::{Cx, Fault};
use crate::hook::hook_mask;
use crate::value::Value;

const LETTERS: [(u8, u8); 3] =
    [(b'c', hook_mask::CALL), (b'r', hook_mask::RETURN), (b'l', hook_mask::LINE)];

/// `debug.sethook([thread,] hook, mask [, count])`
pub(super) fn sethook(cx: &mut Cx) -> Result<usize, Fault> {
    let (_, skip) = target(cx);
    if cx.is_none_or_nil(skip + 1) {
        cx.set_hook(target(cx).0, Value::NIL, 0, 0);
        return Ok(0);
    }
    let letters = cx.check_str(skip + 2)?.as_bytes().to_vec();
    if !cx.arg(skip + 1).is_function() {
        return Err(cx.type_error(skip + 1, "function"));
    }
    let count = u32::try_from(cx.opt_int(skip + 3, 0)? as i32).unwrap_or(0);
    let mut mask = if count > 0 { hook_mask::COUNT } else { 0 };
    for (letter, bit) in LETTERS {
        if letters.contains(&letter) {
            mask |= bit;
        }
    }
    cx.set_hook(target(cx).0, cx.arg(skip + 1), mask, count);
    Ok(0)
}

/// `debug.gethook([thread])`
pub(super) fn gethook(cx: &mut Cx) -> Result<usize, Fault> {
    let thread = target(cx).0;
    let hook = &thread.hook;
    if hook.mask.get() == 0 {
        cx.push(Value::NIL);
        return Ok(1);
    }
    let letters: Vec<u8> =
        LETTERS.iter().filter(|(_, bit)| hook.mask.get() & bit != 0).map(|l| l.0).collect();
    let (function, period) = (cx.hook_function(thread), hook.period.get());
    cx.push(function);
    cx.push(cx.str_value(&letters));
    cx.push(cx.int(i64::from(period)));
    Ok(3)
}
