//! The coroutine library (manual §6.2). The switches themselves are control functions: see `call::coroutine`.

use super::{Entry, control, function_table, set};
use crate::cx::{Cx, Fault};
use crate::function::{Behaviour, Native};
use crate::object::Gc;
use crate::table::Table;
use crate::thread::Thread;
use crate::value::Value;

/// The library's table.
pub(super) fn open(cx: &Cx) -> Gc<'_, Table> {
    const PLAIN: &[Entry] = &[
        ("create", create),
        ("isyieldable", isyieldable),
        ("running", running),
        ("status", status),
        ("wrap", wrap),
    ];
    let t = function_table(cx, PLAIN);
    set(cx, t, "resume", control(cx, "resume", Behaviour::Resume));
    set(cx, t, "yield", control(cx, "yield", Behaviour::Yield));
    set(cx, t, "close", control(cx, "close", Behaviour::CoroutineClose));
    t
}

/// A coroutine whose body is argument 1.
fn new_coroutine(cx: &Cx) -> Result<Gc<'_, Thread>, Fault> {
    let body = cx.arg(1);
    if !body.is_function() {
        return Err(cx.type_error(1, "function"));
    }
    let co = cx.new_thread();
    co.push(body);
    Ok(co)
}

fn create(cx: &mut Cx) -> Result<usize, Fault> {
    let co = new_coroutine(cx)?;
    cx.push(Value::object(co));
    Ok(1)
}

fn wrap(cx: &mut Cx) -> Result<usize, Fault> {
    let co = new_coroutine(cx)?;
    let f = Native::new(&cx.heap, "wrap", |_| Ok(0), Behaviour::WrapCall, &[Value::object(co)]);
    cx.push(Value::object(f));
    Ok(1)
}

/// Argument 1 as a coroutine.
fn check_coroutine(cx: &Cx) -> Result<Gc<'_, Thread>, Fault> {
    cx.arg(1).downcast::<Thread>().ok_or_else(|| cx.type_error(1, "thread"))
}

fn status(cx: &mut Cx) -> Result<usize, Fault> {
    let name = check_coroutine(cx)?.status().name();
    cx.push(cx.str_value(name.as_bytes()));
    Ok(1)
}

fn running(cx: &mut Cx) -> Result<usize, Fault> {
    let co = cx.thread();
    let is_main = co.same(cx.main_thread());
    cx.push(Value::object(co));
    cx.push(Value::bool(is_main));
    Ok(2)
}

fn isyieldable(cx: &mut Cx) -> Result<usize, Fault> {
    let other = if cx.is_none(1) { None } else { Some(check_coroutine(cx)?) };
    let yieldable = match other {
        Some(co) if !co.same(cx.thread()) => {
            !co.same(cx.main_thread()) && co.native_calls.get() == 0
        }
        // The call of this very function doesn't count.
        _ => cx.is_yieldable(),
    };
    cx.push(Value::bool(yieldable));
    Ok(1)
}
