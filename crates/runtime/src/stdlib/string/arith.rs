//! Arithmetic on strings: the metamethods by which `"10" + 1` is 11.

use crate::cx::{Cx, Fault};
use crate::events::Event;
use crate::function::{Behaviour, FORWARD, Native, NativeFn};
use crate::object::Gc;
use crate::stdlib::set;
use crate::table::Table;
use crate::value::Value;
use perilune_semantics::ArithOp;

/// The metatable of strings, but for `__index`.
pub(super) fn metatable(cx: &Cx) -> Gc<'_, Table> {
    const METHODS: [(Event, NativeFn); 8] = [
        (Event::Add, |cx| arith(cx, ArithOp::Add, Event::Add)),
        (Event::Sub, |cx| arith(cx, ArithOp::Sub, Event::Sub)),
        (Event::Mul, |cx| arith(cx, ArithOp::Mul, Event::Mul)),
        (Event::Mod, |cx| arith(cx, ArithOp::Mod, Event::Mod)),
        (Event::Pow, |cx| arith(cx, ArithOp::Pow, Event::Pow)),
        (Event::Div, |cx| arith(cx, ArithOp::Div, Event::Div)),
        (Event::IDiv, |cx| arith(cx, ArithOp::IDiv, Event::IDiv)),
        (Event::Unm, |cx| arith(cx, ArithOp::Unm, Event::Unm)),
    ];
    let metatable = cx.new_table(0, METHODS.len() + 1);
    for (event, method) in METHODS {
        let name = event.key();
        let native = Native::new(&cx.heap, name, method, Behaviour::Forward(1), &[]);
        set(cx, metatable, name, Value::object(native));
    }
    metatable
}

/// Carries out an operation on two operands that are, or read as, numbers.
///
/// Otherwise the second one may have a metamethod, which the interpreter then calls in place of this one. (The
/// first can't: this one wouldn't have been chosen.)
fn arith(cx: &mut Cx, op: ArithOp, event: Event) -> Result<usize, Fault> {
    // A program that calls this with one operand gets it taken for both, as in the reference implementation.
    let second = cx.nargs().clamp(1, 2);
    if let (Some(a), Some(b)) = (cx.to_number(cx.arg(1)), cx.to_number(cx.arg(second))) {
        return match perilune_semantics::arith(op, a, b) {
            Ok(result) => {
                cx.push(cx.num(result));
                Ok(1)
            }
            Err(e) => Err(cx.runtime_error(e.message())),
        };
    }
    cx.set_nargs(2);
    let second = cx.arg(2);
    let method = if second.is_string() { Value::NIL } else { cx.event_of(second, event) };
    if method.is_nil() {
        let first = cx.arg(1).type_of().name();
        let second = second.type_of().name();
        let text = format!("attempt to {} a '{first}' with a '{second}'", event.short_name());
        return Err(cx.throw_error(text.as_bytes()));
    }
    cx.push(method);
    cx.push(cx.arg(1));
    cx.push(cx.arg(2));
    Ok(FORWARD | 3)
}
