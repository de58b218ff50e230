//! Which function a metamethod makes of an instruction, for compiled code to call it by itself.
//!
//! **Problem.** Where an operand has a metamethod, the instruction calls a function in its midst. Done by a step, that is a
//! way through the interpreter's arm, the general call and back to compiled code, and takes several times as long as most
//! metamethods do.
//!
//! **Design.** Before compiled code has an instruction done by its step, it asks here ([`META_CALLS`]) for a Lua function that
//! the instruction comes to. If there is one, it and its arguments are in place above all that the frame needs, where the step
//! would have put them, and compiled code calls it as it calls others; what is left of the instruction is done when it
//! has returned ([`Finish`]). An iterator of a `for` loop is such a function, too.
//!
//! A chain of tables may also end without a function. What an access comes to then is done here at once: the step would
//! follow the chain again. So are the length of a table whose metatable says nothing of it, and a `CLOSE` with nothing
//! left to close.
//!
//! **Invariant.** What finds nothing has done nothing, so that the step begins afresh: with errors, natives, and all that is
//! no metamethod.
//!
//! **Rejected.** To have the steps themselves say what to call: nothing would be looked for twice, but what a step costs before
//! and after is what is to be saved.

use super::finish::Finish;
use super::{Interp, MAX_CHAIN, Unobserved, V, slow};
use crate::cx::Cx;
use crate::events::Event;
use crate::function::Closure;
use crate::native::Found;
use crate::object::{Gc, Slot};
use crate::table::Table;
use crate::value::Value;
use perilune_bytecode::ops::{Instr, Op};
use std::ptr::{NonNull, null};

/// A call to be made.
#[repr(C)]
pub struct MetaCall {
    /// The function; null if there is none.
    pub closure: *const Closure,
    /// Its arguments, as many as [`arguments_of`] says, with the function in front. Without a function: null, unless the
    /// instruction has been done.
    pub arguments: *const Slot,
}

impl MetaCall {
    /// The instruction is to be done by its step.
    pub(super) const NONE: MetaCall = MetaCall { closure: null(), arguments: null() };
    /// It has been done.
    const DONE: MetaCall = MetaCall { closure: null(), arguments: NonNull::dangling().as_ptr() };
}

/// Finds the call to be made for the instruction behind which the program counter of the top frame is saved.
///
/// # Safety
/// As for a step: see [`crate::compiled::Step`]. It neither collects nor throws, and moves nothing.
pub type FindCall = unsafe extern "C" fn(*mut Cx) -> MetaCall;

/// How many arguments a function gets that an instruction calls in its midst; none if compiled code can't do the call.
pub const fn arguments_of(op: Op) -> Option<u32> {
    match Finish::of(op) {
        Finish::Store | Finish::Branch | Finish::Method | Finish::Iterate => Some(2),
        Finish::Nothing => Some(3),
        Finish::Close => Some(1),
        Finish::Concat | Finish::Return | Finish::ReturnClose | Finish::Never => None,
    }
}

/// What an instruction comes to.
enum Wanted {
    /// A call of a function, with as many of these arguments as [`arguments_of`] says.
    Call(V, [V; 3]),
    /// It has been done.
    Done,
    /// Something else.
    Nothing,
}

impl Interp<'_, Unobserved> {
    /// What instruction `i` calls.
    #[inline(always)]
    fn wanted(&mut self, op: Op, i: Instr) -> Wanted {
        match op {
            Op::GetEnv => {
                let env = self.upvalue(i.b()).value.get();
                self.wanted_by_get(env, i, None)
            }
            Op::GetField | Op::SelfOp => self.wanted_by_get(self.reg(i.b()), i, None),
            Op::GetIndex => self.wanted_by_get(self.reg(i.b()), i, Some(self.reg(i.c()))),
            Op::GetInt => {
                let key = Value::small_int(i.c() as i32);
                self.wanted_by_get(self.reg(i.b()), i, Some(key))
            }
            Op::SetEnv => {
                let env = self.upvalue(i.b()).value.get();
                self.wanted_by_set(env, i, None, self.reg(i.a()))
            }
            Op::SetField => self.wanted_by_set(self.reg(i.a()), i, None, self.reg(i.b())),
            Op::SetIndex => {
                let (object, key) = (self.reg(i.a()), self.reg(i.b()));
                self.wanted_by_set(object, i, Some(key), self.reg(i.c()))
            }
            Op::SetInt => {
                let key = Value::small_int(i.b() as i32);
                self.wanted_by_set(self.reg(i.a()), i, Some(key), self.reg(i.c()))
            }
            Op::Len => {
                let x = self.reg(i.b());
                if x.is_string() { Wanted::Nothing } else { self.wanted_by_length(x, i) }
            }
            Op::JEq => {
                let (x, y) = (self.reg(i.a()), self.reg(i.b()));
                let compared = x.is_table() && y.is_table() || x.is_userdata() && y.is_userdata();
                if compared && x.bits() != y.bits() {
                    self.by_either(Event::Eq, x, y)
                } else {
                    Wanted::Nothing
                }
            }
            Op::JLt => self.wanted_by_order(Event::Lt, self.reg(i.a()), self.reg(i.b())),
            Op::JLe => self.wanted_by_order(Event::Le, self.reg(i.a()), self.reg(i.b())),
            Op::JLtI => self.wanted_by_order(Event::Lt, self.reg(i.a()), immediate(i)),
            Op::JLeI => self.wanted_by_order(Event::Le, self.reg(i.a()), immediate(i)),
            Op::JGtI => self.wanted_by_order(Event::Lt, immediate(i), self.reg(i.a())),
            Op::JGeI => self.wanted_by_order(Event::Le, immediate(i), self.reg(i.a())),
            Op::TForCall => {
                let a = i.a();
                Wanted::Call(self.reg(a), [self.reg(a + 1), self.reg(a + 3), Value::NIL])
            }
            Op::Add | Op::Sub | Op::Mul | Op::Mod | Op::Pow | Op::Div | Op::IDiv => {
                self.wanted_by_arith(op, i)
            }
            Op::BAnd | Op::BOr | Op::BXor | Op::Shl | Op::Shr | Op::Unm | Op::BNot => {
                self.wanted_by_arith(op, i)
            }
            Op::AddI | Op::SubI | Op::ShlI | Op::ShrI | Op::AddK | Op::SubK | Op::MulK => {
                self.wanted_by_arith(op, i)
            }
            Op::ModK | Op::PowK | Op::DivK | Op::IDivK | Op::BAndK | Op::BOrK | Op::BXorK => {
                self.wanted_by_arith(op, i)
            }
            Op::Close => self.wanted_by_close(i),
            Op::Concat | Op::TailCall | Op::ReturnClose => Wanted::Nothing,
            Op::Move | Op::LoadI | Op::LoadK | Op::LoadNil | Op::LoadBool => Wanted::Nothing,
            Op::NewBox | Op::GetBox | Op::SetBox | Op::GetUpval | Op::SetUpval => Wanted::Nothing,
            Op::Closure | Op::NewTable | Op::SetList | Op::Not | Op::Jmp => Wanted::Nothing,
            Op::JmpBack | Op::JTrue | Op::JFalse | Op::JEqK | Op::JEqI | Op::Call => {
                Wanted::Nothing
            }
            Op::Return | Op::Return0 | Op::Return1 | Op::VarargPrep => Wanted::Nothing,
            Op::Vararg | Op::VarargTable | Op::GetVararg | Op::ForPrep => Wanted::Nothing,
            Op::ForLoop | Op::TForPrep | Op::TForLoop | Op::Tbc | Op::CheckGlobal => {
                Wanted::Nothing
            }
        }
    }

    #[inline(always)]
    fn unless_nil(&self, method: Value<'_>, arguments: [V; 3]) -> Wanted {
        // SAFETY: it is alive, as what has it is, and is used before anything can be collected.
        let method = unsafe { method.extend() };
        if method.is_nil() { Wanted::Nothing } else { Wanted::Call(method, arguments) }
    }

    /// A metamethod of the first operand or the second.
    #[inline(always)]
    fn by_either(&self, event: Event, x: V, y: V) -> Wanted {
        let method = self.cx.binary_method(x, y, event).unwrap_or(Value::NIL);
        self.unless_nil(method, [x, y, Value::NIL])
    }

    #[inline(always)]
    fn wanted_by_order(&self, event: Event, x: V, y: V) -> Wanted {
        let known = x.is_number() && y.is_number() || x.is_string() && y.is_string();
        if known { Wanted::Nothing } else { self.by_either(event, x, y) }
    }

    #[inline(always)]
    fn wanted_by_arith(&self, op: Op, i: Instr) -> Wanted {
        let Some((_, event)) = slow::arith_of(op) else { return Wanted::Nothing };
        let (mut x, mut y) = (None, None);
        self.for_each_operand(op, i, |v| *if x.is_none() { &mut x } else { &mut y } = Some(v));
        let Some(x) = x else { return Wanted::Nothing };
        // An operator with one operand is given it twice.
        let y = y.unwrap_or(x);
        let known = x.is_number() && y.is_number();
        if known { Wanted::Nothing } else { self.by_either(event, x, y) }
    }

    /// The key of a property instruction, if it isn't `key`.
    #[inline(always)]
    fn key_of(&mut self, i: Instr, key: Option<V>) -> V {
        key.unwrap_or_else(|| self.cx.property_key(i))
    }

    /// What a read of `object` comes to. (A value of a property is left to the step, which learns where it is.)
    #[inline(always)]
    fn wanted_by_get(&mut self, object: V, i: Instr, key: Option<V>) -> Wanted {
        if self.cx.metatable_of(object).is_none() {
            return Wanted::Nothing;
        }
        let is_property = key.is_none();
        let key = self.key_of(i, key);
        match self.cx.index_walk(object, key) {
            Ok(Found::Call(method, receiver)) => {
                // SAFETY: as in `unless_nil`.
                self.unless_nil(method, [unsafe { receiver.extend() }, key, Value::NIL])
            }
            Ok(Found::Value(v)) if !is_property => {
                // SAFETY: as in `unless_nil`.
                self.set(i.a(), unsafe { v.extend() });
                Wanted::Done
            }
            Ok(Found::Value(_)) | Err(_) => Wanted::Nothing,
        }
    }

    /// What a write to `object` comes to. (That it stays in the object is left to the step, which learns where it is.)
    #[inline(always)]
    fn wanted_by_set(&mut self, object: V, i: Instr, key: Option<V>, value: V) -> Wanted {
        let key = self.key_of(i, key);
        let mut v: Value<'_> = object;
        for hops in 0..MAX_CHAIN {
            let method = self.cx.event_of(v, Event::NewIndex);
            let table = v.downcast::<Table>();
            if method.is_nil() || table.is_some_and(|t| !t.get_value(key).is_nil()) {
                let Some(t) = table.filter(|_| hops > 0) else { return Wanted::Nothing };
                return match t.set(self.cx.tables(), key, value) {
                    Ok(()) => Wanted::Done,
                    Err(_) => Wanted::Nothing,
                };
            }
            if method.is_function() {
                // SAFETY: as in `unless_nil`.
                return self.unless_nil(method, [unsafe { v.extend() }, key, value]);
            }
            v = method;
        }
        Wanted::Nothing
    }

    /// What the length of anything but a string comes to.
    #[inline(always)]
    fn wanted_by_length(&mut self, x: V, i: Instr) -> Wanted {
        let method = self.cx.event_of(x, Event::Len);
        if method.is_nil()
            && let Some(t) = x.downcast::<Table>()
        {
            // SAFETY: as in `unless_nil`.
            let n = unsafe { self.cx.int(t.len_border()).extend() };
            self.set(i.a(), n);
            return Wanted::Done;
        }
        self.unless_nil(method, [x, x, Value::NIL])
    }

    /// What the end of a scope calls for the last variable that is to be closed, if one is left. It isn't taken off the list
    /// yet.
    #[inline(always)]
    fn wanted_by_close(&self, i: Instr) -> Wanted {
        match self.cx.last_pending(self.slot_index(i.a())) {
            Some(slot) => {
                // SAFETY: as in `unless_nil`.
                let v = unsafe { self.cx.at(slot).extend() };
                self.unless_nil(self.cx.event_of(v, Event::Close), [v, Value::NIL, Value::NIL])
            }
            None => Wanted::Done,
        }
    }

    /// Finds the call for the instruction under way, and puts function and arguments in place.
    #[inline(always)]
    pub(super) fn find_call(&mut self, op: Op) -> Option<MetaCall> {
        // SAFETY: the program counter is saved behind the instruction.
        let i = unsafe { *self.pc.wrapping_sub(1) };
        if op == Op::TForCall && self.reg(i.a()).downcast::<Closure>().is_none() {
            // Most iterators are native functions: their step sees them, too.
            return None;
        }
        // Whatever becomes of it, compiled code hasn't seen such operands before, or doesn't know them.
        self.see_in_step(op, i);
        let (method, arguments) = match self.wanted(op, i) {
            Wanted::Call(method, arguments) => (method, arguments),
            Wanted::Done => return Some(MetaCall::DONE),
            Wanted::Nothing => return None,
        };
        let callee = method.downcast::<Closure>()?;
        let n = arguments_of(op)? as usize;
        // SAFETY: the closure of the running frame.
        let running: Gc<'_, Closure> = unsafe { Gc::from_ptr(self.closure) };
        let above = match op {
            // Above the control variable, which stays alive meanwhile.
            Op::TForCall => i.a() as usize + slow::ITERATOR,
            _ => running.proto().max_stack as usize,
        };
        let func = self.slot_index(0) + above;
        if !self.cx.has_room(func + 1 + n) {
            return None;
        }
        if Finish::of(op) == Finish::Close {
            self.cx.forget_last_pending();
        }
        self.cx.slot(func).set(method);
        for (k, v) in arguments.into_iter().take(n).enumerate() {
            self.cx.slot(func + 1 + k).set(v);
        }
        Some(MetaCall { closure: callee.as_ptr(), arguments: self.cx.slot(func + 1) })
    }
}

/// The integer that is the operand of a comparison.
#[inline(always)]
fn immediate(i: Instr) -> V {
    Value::small_int(i.sb() as i32)
}
