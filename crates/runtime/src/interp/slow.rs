//! What instructions do when their fast path doesn't apply: mixed and large numbers, strings, metamethods, errors.
//!
//! Each works on the top frame in memory (whose program counter is saved) and either stores the instruction's
//! result itself or begins a call whose results the *finish* arm will get.

use super::loop_slots;
use crate::call::{CallSpec, Next};
use crate::cx::{Cx, Fault};
use crate::error::Operand;
use crate::events::Event;
use crate::feedback::bits::direction;
use crate::function::{Closure, UpBox};
use crate::object::{Gc, Slot};
use crate::pieces::PIECE;
use crate::stdlib::MAX_STRING;
use crate::string::Str;
use crate::table::Table;
use crate::thread::{Frame, Ret, Thread, frame_flag};
use crate::tuning::UNANNOUNCED;
use crate::userdata::{Light64, Userdata};
use crate::value::{Value, tag};
use perilune_bytecode::ops::{Instr, Op};
use perilune_bytecode::proto::Constant;
use perilune_semantics::arith::{ArithError, ArithOp};
use perilune_semantics::convert::{IntLoop, prepare_float_loop, prepare_int_loop};
use perilune_semantics::display::{NumText, number_to_str};
use perilune_semantics::{Num, arith, compare, convert};
use std::cmp::Ordering;

/// The operator of an arithmetic opcode, with its event.
pub(crate) fn arith_of(op: Op) -> Option<(ArithOp, Event)> {
    Some(match op {
        Op::Add | Op::AddI | Op::AddK => (ArithOp::Add, Event::Add),
        Op::Sub | Op::SubI | Op::SubK => (ArithOp::Sub, Event::Sub),
        Op::Mul | Op::MulK => (ArithOp::Mul, Event::Mul),
        Op::Mod | Op::ModK => (ArithOp::Mod, Event::Mod),
        Op::Pow | Op::PowK => (ArithOp::Pow, Event::Pow),
        Op::Div | Op::DivK => (ArithOp::Div, Event::Div),
        Op::IDiv | Op::IDivK => (ArithOp::IDiv, Event::IDiv),
        Op::BAnd | Op::BAndK => (ArithOp::BAnd, Event::BAnd),
        Op::BOr | Op::BOrK => (ArithOp::BOr, Event::BOr),
        Op::BXor | Op::BXorK => (ArithOp::BXor, Event::BXor),
        Op::Shl | Op::ShlI => (ArithOp::Shl, Event::Shl),
        Op::Shr | Op::ShrI => (ArithOp::Shr, Event::Shr),
        Op::Unm => (ArithOp::Unm, Event::Unm),
        Op::BNot => (ArithOp::BNot, Event::BNot),
        Op::Move | Op::LoadI | Op::LoadK | Op::LoadNil | Op::LoadBool => return None,
        Op::NewBox | Op::GetBox | Op::SetBox | Op::GetUpval | Op::SetUpval | Op::Closure => {
            return None;
        }
        Op::GetEnv | Op::SetEnv | Op::GetField | Op::SetField | Op::SelfOp => return None,
        Op::GetIndex | Op::SetIndex | Op::GetInt | Op::SetInt | Op::NewTable | Op::SetList => {
            return None;
        }
        Op::Not | Op::Len | Op::Concat | Op::Jmp | Op::JmpBack | Op::JTrue | Op::JFalse => {
            return None;
        }
        Op::JEq | Op::JLt | Op::JLe | Op::JEqK | Op::JEqI => return None,
        Op::JLtI | Op::JLeI | Op::JGtI | Op::JGeI | Op::Call | Op::TailCall => return None,
        Op::Return | Op::Return0 | Op::Return1 | Op::ReturnClose => return None,
        Op::VarargPrep | Op::Vararg | Op::VarargTable | Op::GetVararg => return None,
        Op::ForPrep | Op::ForLoop | Op::TForPrep | Op::TForCall | Op::TForLoop => return None,
        Op::Tbc | Op::Close | Op::CheckGlobal => return None,
    })
}

/// The event of an operator.
pub(crate) fn event_of_arith(op: ArithOp) -> Event {
    match op {
        ArithOp::Add => Event::Add,
        ArithOp::Sub => Event::Sub,
        ArithOp::Mul => Event::Mul,
        ArithOp::Mod => Event::Mod,
        ArithOp::Pow => Event::Pow,
        ArithOp::Div => Event::Div,
        ArithOp::IDiv => Event::IDiv,
        ArithOp::BAnd => Event::BAnd,
        ArithOp::BOr => Event::BOr,
        ArithOp::BXor => Event::BXor,
        ArithOp::Shl => Event::Shl,
        ArithOp::Shr => Event::Shr,
        ArithOp::Unm => Event::Unm,
        ArithOp::BNot => Event::BNot,
    }
}

/// A number as a float; nothing else.
#[inline(always)]
pub(crate) fn to_float(v: Value<'_>) -> Option<f64> {
    if v.is_float() { Some(v.float_unchecked()) } else { v.as_int().map(|i| i as f64) }
}

/// A number; strings are not converted.
#[inline(always)]
pub(crate) fn to_num(v: Value<'_>) -> Option<Num> {
    match v.as_int() {
        Some(i) => Some(Num::Int(i)),
        None => v.as_float().map(Num::Float),
    }
}

/// A number, or a string that reads as one.
pub(crate) fn coerce_num(v: Value<'_>) -> Option<Num> {
    to_num(v).or_else(|| perilune_semantics::str_to_number(v.downcast::<Str>()?.get().as_bytes()))
}

/// Two strings which it takes long to compare.
fn large_strings<'g>(x: Value<'g>, y: Value<'g>) -> Option<(&'g [u8], &'g [u8])> {
    let (x, y) = (x.downcast::<Str>()?, y.downcast::<Str>()?);
    (x.len().min(y.len()) > PIECE).then(|| (x.as_bytes(), y.as_bytes()))
}

/// `==` without metamethods. `None` if that takes long: see [`Cx::equal_values`].
#[inline(never)]
pub(crate) fn raw_equal(x: Value<'_>, y: Value<'_>) -> Option<bool> {
    if let (Some(a), Some(b)) = (to_num(x), to_num(y)) {
        return Some(compare::num_eq(a, b));
    }
    if x.bits() == y.bits() {
        return Some(true);
    }
    if let (Some(a), Some(b)) = (x.downcast::<Str>(), y.downcast::<Str>()) {
        return if large_strings(x, y).is_some() { None } else { Some(a.equals(b)) };
    }
    Some(
        matches!((x.downcast::<Light64>(), y.downcast::<Light64>()), (Some(a), Some(b)) if a.word == b.word),
    )
}

/// From the first register of a generic `for` to where its iterator is called.
pub(super) const ITERATOR: usize = 4;

/// The value of a float or an inline integer, which a float can have, too.
#[inline(always)]
pub(super) fn inline_number(v: Value<'_>) -> Option<f64> {
    if v.is_float() {
        Some(v.float_unchecked())
    } else if v.is_small_int() {
        Some(v.small_int_unchecked() as f64)
    } else {
        None
    }
}

/// `<` or `<=` of two numbers or two strings, unless that takes long: see [`Cx::large_order`].
#[inline(never)]
pub(crate) fn compare_values(x: Value<'_>, y: Value<'_>, or_equal: bool) -> Option<bool> {
    if let (Some(a), Some(b)) = (to_num(x), to_num(y)) {
        return Some(if or_equal { compare::num_le(a, b) } else { compare::num_lt(a, b) });
    }
    let (a, b) = (x.downcast::<Str>()?, y.downcast::<Str>()?);
    if large_strings(x, y).is_some() {
        return None;
    }
    let order = compare::str_cmp(a.get().as_bytes(), b.get().as_bytes());
    Some(order == Ordering::Less || or_equal && order == Ordering::Equal)
}

/// A new closure of nested prototype `index` of the running function.
#[inline(never)]
pub(crate) fn make_closure<'g>(
    cx: &'g Cx,
    parent: *const Closure,
    base: *const Slot,
    index: u32,
) -> Value<'g> {
    // SAFETY: the parent is the running closure, which keeps its prototype and the nested ones alive; verified code
    // names existing nested prototypes, and registers that hold boxes.
    let (parent, proto) = unsafe {
        let parent = &*parent;
        (parent, Gc::from_ptr(parent.proto().protos[index as usize].get()))
    };
    let descs = &proto.data.upvalues;
    Value::object(Closure::new(cx, proto, |i| {
        let desc = &descs[i];
        if desc.from_register {
            // SAFETY: as above; the register lies in the running frame.
            let v = unsafe { (*base.add(desc.index as usize)).get() };
            v.payload() as *const UpBox
        } else {
            parent.upvalues()[desc.index as usize].get()
        }
    }))
}

/// Whether the control variable, the step and the count of a loop over integers are inline all along.
fn is_plain_loop(start: i64, step: i64, count: u64) -> bool {
    let inline = |i: i64| Value::try_int(i).is_some();
    let Ok(count) = i64::try_from(count) else { return false };
    let last = step.checked_mul(count).and_then(|distance| start.checked_add(distance));
    inline(count) && inline(start) && inline(step) && last.is_some_and(inline)
}

/// What became of the preparation of a numeric `for`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prepared {
    /// It runs; its registers are as the loop instruction wants them.
    Run,
    /// It doesn't run once.
    Skip,
    /// It fails; nothing was done.
    Fail,
}

/// Prepares a numeric `for`, in whose registers are the initial value, limit and step.
///
/// A loop over integers is *plain* if its control variable, its step and its count are inline integers all along; then
/// stepping needs no further checks. The count of any other loop over integers is kept in an integer cell, even if it would
/// fit.
pub(crate) fn prepare_loop(cx: &Cx, slots: &[Slot; 3]) -> Prepared {
    let [init, limit, step] = slots.each_ref().map(Slot::get);
    if let (Some(start), Some(by)) = (init.as_int(), step.as_int()) {
        let Some(bound) = coerce_num(limit) else { return Prepared::Fail };
        return match prepare_int_loop(start, bound, by) {
            Ok(IntLoop::Run { count }) => {
                slots[0].set(if is_plain_loop(start, by, count) {
                    cx.int(count as i64)
                } else {
                    cx.heap.int_cell(count as i64)
                });
                slots[1].set(step);
                slots[2].set(init);
                Prepared::Run
            }
            Ok(IntLoop::Skip) => Prepared::Skip,
            Err(_) => Prepared::Fail,
        };
    }
    let (Some(bound), Some(by), Some(start)) =
        (coerce_num(limit), coerce_num(step), coerce_num(init))
    else {
        return Prepared::Fail;
    };
    let (bound, by, start) = (bound.to_float(), by.to_float(), start.to_float());
    match prepare_float_loop(start, bound, by) {
        Ok(true) => {
            slots[0].set(Value::float(bound));
            slots[1].set(Value::float(by));
            slots[2].set(Value::float(start));
            Prepared::Run
        }
        Ok(false) => Prepared::Skip,
        Err(_) => Prepared::Fail,
    }
}

/// Steps a `for` loop that the fast path didn't: large integers or floats. Whether it goes on.
#[inline(never)]
pub(crate) fn step_loop(cx: &Cx, slots: &[Slot; 3]) -> LoopStep {
    let [count_word, step, control] = slots.each_ref().map(Slot::get);
    if let (Some(count), Some(step)) = (count_word.as_int(), step.as_int()) {
        if count == 0 {
            return LoopStep::End;
        }
        let Some(control) = to_num(control).and_then(Num::to_int) else { return LoopStep::Broken };
        // The count is an unsigned number in a cell which the loop alone refers to.
        if count_word.tag() == tag::BIG_INT {
            // SAFETY: the tag is given to 8-byte cells only.
            unsafe { *(count_word.payload() as *mut i64) = count.wrapping_sub(1) };
        }
        slots[2].set(cx.int(control.wrapping_add(step)));
        return LoopStep::Next;
    }
    let (Some(limit), Some(step), Some(control)) =
        (count_word.as_float(), step.as_float(), to_num(control).map(Num::to_float))
    else {
        return LoopStep::Broken;
    };
    let next = control + step;
    if convert::float_loop_continues(next, limit, step) {
        slots[2].set(Value::float(next));
        return LoopStep::Next;
    }
    LoopStep::End
}

/// What became of a step of a numeric `for`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopStep {
    /// There is another iteration.
    Next,
    /// That was the last one.
    End,
    /// The debug library has made the control variable something that can't be stepped.
    Broken,
}

impl Cx {
    /// The top frame, which is a Lua frame, and its instruction under way.
    #[inline]
    pub(super) fn lua_frame(&mut self) -> Frame {
        *self.frame_mut()
    }

    /// The error of a numeric `for` whose control variable can't be stepped.
    #[cold]
    pub(super) fn control_error(&mut self, i: Instr) -> Fault {
        let f = self.lua_frame();
        self.for_error("initial value", self.reg(&f, i.a() + 2))
    }

    /// Assigns the control variable of a running numeric `for`, whose first register is in slot `first` of a coroutine. The
    /// loop goes on from there, as if it had come so far by itself, unless the value is no number. It isn't plain any
    /// more: see [`prepare_loop`].
    pub(crate) fn set_control(&self, thread: Gc<'_, Thread>, first: usize, v: Value<'_>) {
        let count = thread.at(first);
        if count.is_small_int() {
            let cell = self.heap.int_cell(count.small_int_unchecked());
            thread.assign(&self.heap, first, cell);
        }
        thread.assign(&self.heap, first + 2, v);
    }

    /// Sets a register of the top frame.
    #[inline]
    pub(super) fn set_reg(&self, f: &Frame, reg: u8, v: Value<'_>) {
        self.slot(f.base as usize + reg as usize).set(v);
    }

    /// A register of a frame.
    #[inline]
    pub(super) fn reg(&self, f: &Frame, reg: u8) -> Value<'_> {
        self.at(f.base as usize + reg as usize)
    }

    /// Arithmetic beyond the fast paths: errors, strings, metamethods.
    #[inline(never)]
    pub(super) fn arith_slow(
        &mut self,
        i: Instr,
        op: ArithOp,
        x: Value<'static>,
        y: Value<'static>,
    ) -> Result<Next, Fault> {
        let f = self.lua_frame();
        // Strings are converted by the metamethods of the string library.
        let numbers = to_num(x).zip(to_num(y));
        if let Some((a, b)) = numbers {
            match arith::arith(op, a, b) {
                Ok(r) => {
                    self.set_reg(&f, i.a(), self.num(r));
                    return Ok(Next::Continue);
                }
                Err(e @ (ArithError::DivideByZero | ArithError::ModByZero)) => {
                    return Err(self.runtime_error(e.message()));
                }
                Err(ArithError::NoIntegerRep) => {}
            }
        }
        let event = event_of_arith(op);
        if let Some(method) = self.binary_method(x, y, event) {
            // SAFETY: stored in a slot by `call_meta` before anything collects.
            let method = unsafe { method.extend::<'static>() };
            return self.call_meta(method, &[x, y]);
        }
        let (bx, by) = operands(i);
        if numbers.is_some() {
            let first_is_fine = to_num(x).is_some_and(|n| n.to_int().is_some());
            return Err(self.no_integer_error(if first_is_fine { by } else { bx }));
        }
        let what =
            if op.is_bitwise() { "perform bitwise operation on" } else { "perform arithmetic on" };
        let (culprit, operand) = if x.is_number() { (y, by) } else { (x, bx) };
        Err(self.operand_error(culprit, what, operand))
    }

    /// A number as a value.
    #[inline]
    pub fn num(&self, n: Num) -> Value<'_> {
        match n {
            Num::Int(i) => self.int(i),
            Num::Float(f) => Value::float(f),
        }
    }

    /// The metamethod for a binary operation: the first operand's, else the second's.
    pub(crate) fn binary_method<'g>(
        &'g self,
        x: Value<'g>,
        y: Value<'g>,
        event: Event,
    ) -> Option<Value<'g>> {
        let m = self.event_of(x, event);
        let m = if m.is_nil() { self.event_of(y, event) } else { m };
        (!m.is_nil()).then_some(m)
    }

    /// `<`, `<=` of values that aren't both numbers or both strings.
    #[inline(never)]
    pub(super) fn compare_meta(
        &mut self,
        x: Value<'static>,
        y: Value<'static>,
        or_equal: bool,
    ) -> Result<Next, Fault> {
        if let Some(order) = self.large_order(x, y)? {
            self.branch(order.is_lt() || or_equal && order.is_eq());
            return Ok(Next::Continue);
        }
        let event = if or_equal { Event::Le } else { Event::Lt };
        match self.binary_method(x, y, event) {
            Some(m) => {
                // SAFETY: stored in a slot before anything collects.
                let m = unsafe { m.extend::<'static>() };
                self.call_meta(m, &[x, y])
            }
            None => Err(self.compare_error(x, y)),
        }
    }

    /// The order of two strings which it takes long to compare.
    ///
    /// # Errors
    /// [`Fault::Kill`]
    pub(crate) fn large_order(
        &self,
        x: Value<'_>,
        y: Value<'_>,
    ) -> Result<Option<Ordering>, Fault> {
        large_strings(x, y).map(|(x, y)| self.compare_bytes(x, y)).transpose()
    }

    /// `==` without metamethods.
    ///
    /// # Errors
    /// [`Fault::Kill`]
    pub(crate) fn equal_values(&self, x: Value<'_>, y: Value<'_>) -> Result<bool, Fault> {
        match (raw_equal(x, y), large_strings(x, y)) {
            (Some(equal), _) => Ok(equal),
            (None, Some((x, y))) => Ok(x.len() == y.len() && self.compare_bytes(x, y)?.is_eq()),
            (None, None) => Ok(false),
        }
    }

    /// `==` of two different tables or userdata, or of what [`raw_equal`] leaves.
    #[inline(never)]
    pub(super) fn equal_meta(
        &mut self,
        x: Value<'static>,
        y: Value<'static>,
    ) -> Result<Next, Fault> {
        match self.binary_method(x, y, Event::Eq) {
            Some(m) => {
                // SAFETY: stored in a slot before anything collects.
                let m = unsafe { m.extend::<'static>() };
                self.call_meta(m, &[x, y])
            }
            None => {
                let equal = self.equal_values(x, y)?;
                self.branch(equal);
                Ok(Next::Continue)
            }
        }
    }

    /// Takes the branch of the comparison under way, or doesn't, according to its result.
    pub(super) fn branch(&mut self, result: bool) {
        let f = self.frame_mut();
        // SAFETY: the saved program counter is behind the instruction under way.
        let i = unsafe { *f.pc.wrapping_sub(1) };
        let at = f.pc.wrapping_sub(1);
        let taken = result == (i.c() != 0);
        if taken {
            f.pc = f.pc.wrapping_offset(i.sd() as isize);
        }
        if let Some(c) = f.closure() {
            c.proto().note(at, if taken { direction::TAKEN } else { direction::NOT_TAKEN });
        }
    }

    /// `#` of anything but a table without metatable.
    #[inline(never)]
    pub(super) fn len_slow(&mut self, i: Instr, x: Value<'static>) -> Result<Next, Fault> {
        let f = self.lua_frame();
        if let Some(s) = x.downcast::<Str>() {
            self.set_reg(&f, i.a(), self.int(s.len() as i64));
            return Ok(Next::Continue);
        }
        let method = self.event_of(x, Event::Len);
        if !method.is_nil() {
            // SAFETY: stored in a slot before anything collects.
            let method = unsafe { method.extend::<'static>() };
            return self.call_meta(method, &[x, x]);
        }
        if let Some(t) = x.downcast::<Table>() {
            self.set_reg(&f, i.a(), self.int(t.len_border()));
            return Ok(Next::Continue);
        }
        Err(self.operand_error(x, "get length of", Operand::Register(i.b() as usize)))
    }

    /// Begins a `CONCAT`.
    #[inline]
    pub(super) fn concat_begin(&mut self, i: Instr) -> Result<Next, Fault> {
        self.frame_mut().aux = i.b() as u32;
        self.concat_go_on(i)
    }

    /// Goes on with a `CONCAT` of which the first `aux` values are left, from right to left.
    pub(super) fn concat_go_on(&mut self, i: Instr) -> Result<Next, Fault> {
        loop {
            let f = self.lua_frame();
            let left = f.aux as usize;
            let first = f.base as usize + i.a() as usize;
            if left <= 1 {
                self.frame_mut().aux = 0;
                return Ok(Next::Continue);
            }
            let (x, y) = (self.at(first + left - 2), self.at(first + left - 1));
            if !is_string_like(x) || !is_string_like(y) {
                let Some(m) = self.binary_method(x, y, Event::Concat) else {
                    let back = if is_string_like(x) { 1 } else { 2 };
                    let reg = i.a() as usize + left - back;
                    let culprit = if back == 1 { y } else { x };
                    return Err(self.operand_error(culprit, "concatenate", Operand::Register(reg)));
                };
                let (m, x, y) = (m.bits(), x.bits(), y.bits());
                return self
                    .call_meta(Value::from_bits(m), &[Value::from_bits(x), Value::from_bits(y)]);
            }
            let mut n = 2;
            while n < left && is_string_like(self.at(first + left - n - 1)) {
                n += 1;
            }
            let at = first + left - n;
            self.concat_slots(at, n)?;
            self.frame_mut().aux = (left - n + 1) as u32;
        }
    }

    /// Concatenates the `n` strings and numbers from slot `at` into slot `at`.
    fn concat_slots(&mut self, at: usize, n: usize) -> Result<(), Fault> {
        let bound = concat_bound(self.slots(at, n)).unwrap_or(0);
        if bound >= MAX_STRING {
            return Err(self.runtime_error("string length overflow"));
        }
        if bound > UNANNOUNCED {
            self.reserve(bound)?;
        }
        let operands = self.slots(at, n);
        let result = match operands[0].get().downcast::<Str>() {
            Some(left) if bound > PIECE => {
                let texts: Vec<_> =
                    operands[1..].iter().filter_map(|v| self.to_str(v.get())).collect();
                let rest: Vec<&[u8]> = texts.iter().map(|s| s.as_bytes()).collect();
                self.concat_bytes(left, &rest)?
            }
            _ => concat_operands(self, operands),
        };
        self.slot(at).set(Value::object(result));
        Ok(())
    }

    /// `SETLIST`: stores the `n` values from slot `first` into the table in front of them.
    pub(super) fn set_list(&mut self, first: usize, n: usize, start: i64) -> Result<Next, Fault> {
        let bytes = n * size_of::<Slot>();
        if bytes > UNANNOUNCED {
            self.reserve(bytes)?;
        }
        while let Some(t) = self.at(first - 1).downcast::<Table>() {
            match t.store_list(self.tables(), start as usize, self.slots(first, n)) {
                Ok(()) => break,
                Err(e) => self.make_room_for(e)?,
            }
        }
        Ok(Next::Continue)
    }

    /// `TAILCALL`.
    #[inline(never)]
    pub(super) fn tail_call(&mut self, func: usize, mut nargs: usize) -> Result<Next, Fault> {
        let f = self.lua_frame();
        let mut chain = 0;
        while !self.at(func).is_function() {
            self.top.set(func + 1 + nargs);
            nargs = self.with_call_metamethod(func, nargs, 0)?;
            chain += 1;
            if chain > crate::tuning::MAX_CALL_CHAIN {
                return Err(self.runtime_error("'__call' chain too long"));
            }
        }
        if self.at(func).downcast::<Closure>().is_none() {
            let flags = chain as u8 * frame_flag::CALL_METAMETHOD;
            let spec = CallSpec { func, nargs, nresults: -1, ret: Ret::Finish, flags };
            return self.call_spec(spec);
        }
        // A Lua function takes the place of the caller, extra arguments included.
        let dest = f.func as usize;
        for k in 0..=nargs {
            self.slot(dest + k).set(self.at(func + k));
        }
        self.pop_frame();
        self.call_spec(super::tail_spec(&f, nargs))
    }

    /// `VARARGPREP`: moves the fixed parameters above the extra arguments.
    pub(super) fn vararg_prep(&mut self) -> Result<Next, Fault> {
        let f = self.lua_frame();
        let Some(c) = f.closure() else { return Ok(Next::Continue) };
        let (params, max_stack) = (c.proto().num_params as usize, c.proto().max_stack as usize);
        let (base, extra) = (f.base as usize, f.extra as usize);
        if extra > 0 {
            let new_base = base + params + extra;
            self.ensure_slots(new_base + max_stack + crate::tuning::MIN_STACK)?;
            for k in 0..params {
                self.slot(new_base + k).set(self.at(base + k));
            }
            // The extra arguments slide down over the parameters' old places, so that nothing dead lies
            // between callee and base.
            for k in 0..extra {
                self.slot(base + k).set(self.at(base + params + k));
            }
            let new_base = base + extra;
            for k in 0..params {
                self.slot(new_base + k).set(self.at(base + params + extra + k));
            }
            self.frame_mut().base = new_base as u32;
        }
        if self.hooked.get() {
            self.call_hook()?;
        }
        if self.poll_requested() {
            self.safepoint()?;
        }
        Ok(Next::Continue)
    }

    /// `VARARG`.
    pub(super) fn vararg_values(&mut self, i: Instr) -> Result<Next, Fault> {
        let f = self.lua_frame();
        let dest = f.base as usize + i.a() as usize;
        if i.d() == 1 {
            return self.vararg_from_table(&f, i, dest);
        }
        let extra = f.extra as usize;
        let wanted = if i.c() == 0 { extra } else { i.c() as usize - 1 };
        self.ensure_slots(dest + wanted + crate::tuning::MIN_STACK)?;
        let first = f.base as usize - extra;
        for k in 0..wanted {
            let v = if k < extra { self.at(first + k) } else { Value::NIL };
            self.slot(dest + k).set(v);
        }
        if i.c() == 0 {
            self.top.set(dest + wanted);
        }
        Ok(Next::Continue)
    }

    /// `VARARG` of a function whose vararg table exists: the table's present contents count.
    fn vararg_from_table(&mut self, f: &Frame, i: Instr, dest: usize) -> Result<Next, Fault> {
        let n = self.reg(f, i.b()).downcast::<Table>().and_then(|t| {
            let n = t.get_str(self.string(b"n")).as_int()?;
            (0..=i32::MAX as i64 / 2).contains(&n).then_some(n as usize)
        });
        let Some(n) = n else {
            return Err(self.runtime_error("vararg table has no proper 'n'"));
        };
        let wanted = if i.c() == 0 { n } else { i.c() as usize - 1 };
        self.ensure_slots(dest + wanted + crate::tuning::MIN_STACK)?;
        if let Some(t) = self.reg(f, i.b()).downcast::<Table>() {
            for k in 0..wanted {
                let v = if k < n { t.get_int(k as i64 + 1) } else { Value::NIL };
                self.slot(dest + k).set(v);
            }
        }
        if i.c() == 0 {
            self.top.set(dest + wanted);
        }
        Ok(Next::Continue)
    }

    /// `VARARGTABLE`.
    pub(super) fn vararg_table(&mut self, i: Instr) -> Result<Next, Fault> {
        let f = self.lua_frame();
        let extra = f.extra as usize;
        self.reserve(extra * size_of::<Slot>())?;
        let t = self.new_table(extra, 1);
        let first = f.base as usize - extra;
        for k in 0..extra {
            if let Err(e) = t.set_int(self.tables(), k as i64 + 1, self.at(first + k)) {
                return Err(self.key_error(e));
            }
        }
        t.set_str(self.tables(), self.string(b"n"), self.int(extra as i64));
        self.set_reg(&f, i.a(), Value::object(t));
        Ok(Next::Continue)
    }

    /// `t[key]` of a vararg table that doesn't exist.
    pub(super) fn vararg_element(&mut self, key: Value<'_>) -> Value<'_> {
        let f = self.lua_frame();
        let extra = f.extra as i64;
        if let Some(s) = key.downcast::<Str>() {
            return if s.get().as_bytes() == b"n" { self.int(extra) } else { Value::NIL };
        }
        let index = to_num(key).and_then(Num::to_int);
        match index {
            Some(k) if k >= 1 && k <= extra => {
                self.at(f.base as usize - extra as usize + k as usize - 1)
            }
            _ => Value::NIL,
        }
    }

    /// `FORPREP`.
    pub(crate) fn for_prep(&mut self, i: Instr) -> Result<Next, Fault> {
        let f = self.lua_frame();
        let first = self.slot(f.base as usize + i.a() as usize);
        // SAFETY: verified code has these three registers.
        match prepare_loop(self, unsafe { loop_slots(first) }) {
            Prepared::Run => {}
            Prepared::Skip => {
                let frame = self.frame_mut();
                frame.pc = frame.pc.wrapping_offset(i.sd() as isize);
            }
            Prepared::Fail => return Err(self.loop_error(i)),
        }
        Ok(Next::Continue)
    }

    /// Why a numeric `for` can't be prepared. Its limit is looked at first, then the step, then the initial value.
    #[cold]
    fn loop_error(&mut self, i: Instr) -> Fault {
        let f = self.lua_frame();
        let [init, limit, step] = [0, 1, 2].map(|k| self.reg(&f, i.a() + k));
        let by = coerce_num(step);
        let is_int = init.as_int().is_some() && step.as_int().is_some();
        if is_int && step.as_int() == Some(0) {
            return self.runtime_error("'for' step is zero");
        }
        match (coerce_num(limit), by, coerce_num(init)) {
            (None, ..) => self.for_error("limit", limit),
            (_, None, _) => self.for_error("step", step),
            (.., None) => self.for_error("initial value", init),
            (Some(_), Some(_), Some(_)) => self.runtime_error("'for' step is zero"),
        }
    }

    /// `TFORCALL` with an iterator that isn't a known native one.
    pub(super) fn iterate(&mut self, i: Instr) -> Result<Next, Fault> {
        let f = self.lua_frame();
        let at = f.base as usize + i.a() as usize;
        // The callee's slots lie above the control variable, which stays alive meanwhile.
        let func = at + ITERATOR;
        self.slot(func).set(self.at(at));
        self.slot(func + 1).set(self.at(at + 1));
        self.slot(func + 2).set(self.at(at + 3));
        // Most iterators that get here are native, and have returned. An instruction has called this, and no completion is
        // under way below, so the results can be handed on here.
        match self.call_value(func, 2, -1, Ret::Finish)? {
            Next::Returned => {
                let (src, n) = self.returned.get();
                self.complete(src, n)
            }
            next => Ok(next),
        }
    }

    /// `CLOSE`: begins closing, or goes on.
    pub(super) fn close_from(&mut self, i: Instr) -> Result<Next, Fault> {
        let f = self.lua_frame();
        let from = f.base as usize + i.a() as usize;
        Ok(self.close_next(from)?.unwrap_or(Next::Continue))
    }

    /// `RETURNCLOSE`: begins closing, goes on, or returns.
    pub(super) fn return_after_closing(&mut self, i: Instr) -> Result<Next, Fault> {
        let f = self.lua_frame();
        match self.close_next(f.base as usize)? {
            Some(next) => Ok(next),
            None => Ok(self.returned(f.base as usize + i.a() as usize, f.aux as usize)),
        }
    }

    /// "global 'x' already defined".
    #[cold]
    pub(super) fn global_defined_error(&mut self, i: Instr) -> Fault {
        let f = self.lua_frame();
        let name = f.closure().and_then(|c| match c.proto().data.constants.get(i.d() as usize) {
            Some(Constant::Str(s)) => Some(s.to_vec()),
            _ => None,
        });
        let mut text = b"global '".to_vec();
        text.extend_from_slice(name.as_deref().unwrap_or(b"?"));
        text.extend_from_slice(b"' already defined");
        self.runtime_error_bytes(&text)
    }
}

/// Operands up to which no vector is needed to concatenate them.
const FEW: usize = 8;

/// A length that the concatenation of these doesn't exceed; `None` if one of them is neither string nor number.
#[inline]
pub(crate) fn concat_bound(operands: &[Slot]) -> Option<usize> {
    operands.iter().try_fold(0usize, |total, v| {
        let v = v.get();
        let len = match v.downcast::<Str>() {
            Some(s) => s.len(),
            None if v.is_number() => size_of::<NumText>(),
            None => return None,
        };
        Some(total.saturating_add(len))
    })
}

/// The concatenation of strings and numbers.
#[inline]
pub(crate) fn concat_operands<'g>(cx: &'g Cx, operands: &[Slot]) -> Gc<'g, Str> {
    if let [x, y] = operands
        && let (Some(x), Some(y)) = (x.get().downcast::<Str>(), y.get().downcast::<Str>())
    {
        return cx.strings.append(&cx.heap, x, &[y.as_bytes()]);
    }
    concat_many(cx, operands)
}

/// The same in general.
#[inline(never)]
fn concat_many<'g>(cx: &'g Cx, operands: &[Slot]) -> Gc<'g, Str> {
    if operands.len() <= FEW {
        let mut texts = [const { None }; FEW];
        return concat_pieces(cx, operands, &mut texts, &mut [&[][..]; FEW]);
    }
    let mut texts = vec![None; operands.len()];
    concat_pieces(cx, operands, &mut texts, &mut vec![&[][..]; operands.len()])
}

/// The same, with room for the texts of numbers, and for all texts.
fn concat_pieces<'g, 'a>(
    cx: &'g Cx,
    operands: &[Slot],
    texts: &'a mut [Option<NumText>],
    pieces: &mut [&'a [u8]],
) -> Gc<'g, Str> {
    for ((piece, text), v) in pieces.iter_mut().zip(texts).zip(operands) {
        *piece = match v.get().downcast::<Str>() {
            Some(s) => s.as_bytes(),
            None => to_num(v.get()).map_or(&[], |n| text.insert(number_to_str(n))),
        };
    }
    let left = operands.first().and_then(|v| v.get().downcast::<Str>());
    let pieces = pieces.get(..operands.len()).unwrap_or_default();
    match (left, pieces) {
        (Some(left), [_, rest @ ..]) => cx.strings.append(&cx.heap, left, rest),
        _ => cx.strings.concat(&cx.heap, pieces),
    }
}

/// Whether a value can be concatenated without a metamethod.
fn is_string_like(v: Value<'_>) -> bool {
    v.is_string() || v.is_number()
}

/// Where an arithmetic instruction's operands came from.
fn operands(i: Instr) -> (Operand, Operand) {
    let info = i.op().info();
    let x = Operand::Register(i.b() as usize);
    let y = match info.operands[2] {
        perilune_bytecode::ops::OperandKind::Reg => Operand::Register(i.c() as usize),
        _ if matches!(i.op(), Op::Unm | Op::BNot) => x,
        _ => Operand::Unknown,
    };
    (x, y)
}

impl Value<'_> {
    /// Whether this is a full userdata.
    #[inline]
    pub fn is_userdata(self) -> bool {
        self.downcast::<Userdata>().is_some()
    }
}
